// Where the SDK keeps its tokens instead of MySQL: `crm.api.tokenmanagement` names this module.
"use strict";

let kept = {};

module.exports = {
  saveOAuthTokens: async (tokens) => {
    kept = { ...tokens };
  },
  // After a refresh the SDK hands over an access token alone.
  updateOAuthTokens: async (tokens) => {
    kept = { ...kept, ...tokens };
  },
  getOAuthTokens: async () => kept,
};
