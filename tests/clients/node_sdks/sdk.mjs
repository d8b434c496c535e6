// One of Zoho's Node SDKs of the new kind (7.0, 8.0), connected to the emulator by a grant code.

import { pathToFileURL } from "node:url";
import { join } from "node:path";

export class Refused extends Error {}

/** Import an SDK by its path, and initialise it in the current folder. */
export async function connect(packagePath, base, code) {
  const sdk = await import(pathToFileURL(join(packagePath, "lib/index.js")).href);
  const token = new sdk.OAuthBuilder()
    .clientId("1000.EMULATORCLIENT")
    .clientSecret("emulator-secret")
    .grantToken(code)
    .redirectURL("http://127.0.0.1:8000/zcrm/oauth/callback/")
    .build();
  const logger = new sdk.LogBuilder().level(sdk.Levels.ERROR).filePath("sdk.log").build();
  const builder = await new sdk.InitializeBuilder();
  await builder
    .environment(sdk.DataCenter.setEnvironment(base, `${base}/oauth/v2/token`, base))
    .token(token)
    .store(new sdk.FileStore("tokens.csv"))
    .SDKConfig(new sdk.SDKConfigBuilder().autoRefreshFields(true).build())
    .resourcePath(`${process.cwd()}/`)
    .logger(logger)
    .initialize();
  return sdk;
}

/** The object of an answer, null for 204 and 304. Throws Refused for refusals, even of one item. */
export function ok(response) {
  if (response === null || response === undefined) throw new Refused("no answer");
  const found = response.getObject();
  for (const item of [found, ...items(found)]) {
    if (item && item.constructor.name === "APIException") {
      const code = item.getCode();
      throw new Refused(`${response.getStatusCode()} ${plain(code)} ${JSON.stringify(told(item))}`);
    }
  }
  const status = response.getStatusCode();
  if (found === null && ![204, 304].includes(status)) throw new Refused(`${status} without an object`);
  return found;
}

function told(item) {
  const details = item.getDetails && item.getDetails();
  return details instanceof Map ? [...details].map(([key, value]) => `${key}=${value}`) : details;
}

/** The items of an answer, whatever the SDK calls their list. */
export function items(found) {
  if (!found || typeof found !== "object") return [];
  return Object.values(found).find(Array.isArray) || [];
}

/** The value in one of the SDK's Choice objects. */
export function plain(value) {
  return value && value.getValue ? value.getValue() : value;
}

/** The ids that the answer to a write tells. */
export function ids(found) {
  return items(found).map((item) => BigInt(item.getDetails().get("id")));
}

/** The refused items of an answer. */
export function refusals(response) {
  return items(response.getObject()).filter((item) => item.constructor.name === "APIException");
}
