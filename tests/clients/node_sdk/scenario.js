// A user's day with npm zcrmsdk 0.0.20 (API v2), through all functions of its tree. Prints JSON.
//
// node scenario.js CODE HOOK, in a folder that holds resources/*.properties as the SDK's manual says:
// a grant code for everything, and an address for callbacks.
"use strict";

const assert = require("assert");
const fs = require("fs");
const sdk = require("zcrmsdk");
const tokens = require("./tokens");

const [code, hook] = process.argv.slice(2);
const driven = new Set();

/** Call a function of the tree by its name; `{http, ...body}`, or the answer's file. */
async function call(name, input = {}) {
  driven.add(name);
  const [group, method] = name.split(".");
  const answer = await sdk.API[group][method](input);
  if (answer instanceof Error) throw answer;
  // What the SDK makes of a 204 is a text, not an answer.
  if (typeof answer === "string") return { http: Number(JSON.parse(answer).status_code) };
  if (input.download_file && answer.statusCode === 200) {
    return { http: 200, filename: answer.filename, content: Buffer.from(answer.body, "binary") };
  }
  return { http: answer.statusCode, ...JSON.parse(answer.body) };
}

async function ok(name, input) {
  const answer = await call(name, input);
  assert(answer.http < 400, `${name}: ${JSON.stringify(answer)}`);
  return answer;
}

async function lead(values) {
  const data = [{ Company: "Node & Söhne", ...values }];
  const answer = await ok("MODULES.post", { module: "Leads", body: { data } });
  assert.strictEqual(answer.data[0].code, "SUCCESS", JSON.stringify(answer));
  return answer.data[0].details.id;
}

async function connecting() {
  const granted = await sdk.generateAuthTokens("node@sdk.example", code);
  const renewed = await sdk.generateAuthTokenfromRefreshToken(
    "node@sdk.example",
    granted.refresh_token,
  );
  // As if the hour were over: the next call has to refresh by itself.
  await tokens.updateOAuthTokens({ expires_in: 0 });
  const org = await ok("ORG.get");
  const last = await tokens.getOAuthTokens();
  return {
    company: org.org[0].company_name,
    hours: Math.round((granted.expires_in - Date.now()) / 360_000) / 10,
    distinct: new Set([granted, renewed, last].map((each) => each.access_token)).size,
    sameRefreshToken: renewed.refresh_token === granted.refresh_token,
    user: last.user_identifier,
  };
}

async function people() {
  const users = await ok("USERS.get", { params: { type: "AllUsers" } });
  const one = await ok("USERS.get", { id: users.users[0].id });
  const roles = await ok("SETTINGS.getRoles");
  const role = await ok("SETTINGS.getRoles", { id: roles.roles[0].id });
  const profiles = await ok("SETTINGS.getProfiles");
  const profile = await ok("SETTINGS.getProfiles", { id: profiles.profiles[0].id });
  return {
    users: users.users.length,
    same: one.users[0].email === users.users[0].email,
    role: role.roles[0].name,
    profile: profile.profiles[0].name,
  };
}

async function metadata() {
  const module = "Leads";
  const modules = await ok("SETTINGS.getModules");
  const one = await ok("SETTINGS.getModules", { module });
  const fields = await ok("SETTINGS.getFields", { module });
  const layouts = await ok("SETTINGS.getLayouts", { module });
  const layout = await ok("SETTINGS.getLayouts", { module, id: layouts.layouts[0].id });
  const views = await ok("SETTINGS.getCustomViews", { module });
  const view = views.custom_views.find((each) => each.system_name === "ALLVIEWS");
  const body = { custom_views: [{ id: view.id, sort_by: "Company", sort_order: "asc" }] };
  const update = await call("SETTINGS.updateCustomViews", { module, id: view.id, body });
  const related = await ok("SETTINGS.getRelatedLists", { module });
  return {
    modules: modules.modules.map((each) => each.api_name),
    module: one.modules[0].api_name,
    fields: fields.fields.map((each) => each.api_name),
    layout: layout.layouts[0].name,
    view: view.name,
    update: update.custom_views ? update.custom_views[0].code : update.code,
    related: related.related_lists.map((each) => each.api_name),
  };
}

async function records() {
  const module = "Leads";
  const ids = [];
  for (const n of [0, 1, 2]) ids.push(await lead({ Last_Name: `王 ${n}`, Email: `n${n}@node.example` }));
  const refused = await ok("MODULES.post", {
    module,
    body: { data: [{ Company: "nameless" }, { Last_Name: "Fine", Company: "Node" }] },
  });
  await ok("MODULES.put", { module, id: ids[0], body: { data: [{ City: "Bern" }] } });
  await ok("MODULES.put", { module, body: { data: [{ id: ids[1], City: "Basel" }] } });
  const upserted = await ok("MODULES.post", {
    module,
    id: "upsert",
    body: { data: [{ Last_Name: "U", Company: "N", Email: "n2@node.example" }] },
  });
  const read = await ok("MODULES.get", { module, id: ids[0] });
  const page = await ok("MODULES.get", { module, params: { page: 2, per_page: 5 } });
  const found = await ok("MODULES.search", {
    module,
    params: { criteria: "(Email:equals:n1@node.example)" },
  });
  const nothing = await call("MODULES.search", { module, params: { email: "no@node.example" } });
  const queried = await ok("MODULES.post", {
    module: "coql",
    body: { select_query: "select City from Leads where Email = 'n1@node.example'" },
  });
  const later = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+Z/, "+00:00");
  driven.add("MODULES.get");
  const unchanged = await sdk.API.MODULES.get({ module, headers: { "If-Modified-Since": later } });
  await ok("MODULES.delete", { module, id: ids[0] });
  await ok("MODULES.delete", { module, params: { ids: ids.slice(1).join(",") } });
  const gone = await call("MODULES.get", { module, id: ids[0] });
  const deleted = {};
  for (const kind of ["getAllDeletedRecords", "getRecycleBinRecords", "getPermanentlyDeletedRecords"]) {
    const answer = await call(`MODULES.${kind}`, { module });
    const listed = (answer.data || []).map((each) => each.id);
    deleted[kind] = [answer.http, ids.filter((id) => listed.includes(id)).length];
  }
  return {
    distinct: new Set(ids).size,
    refused: [refused.http, ...refused.data.map((each) => each.code)],
    upserted: [upserted.data[0].action, upserted.data[0].details.id === ids[2]],
    read: [read.data[0].Last_Name, read.data[0].Company, read.data[0].City],
    page: [page.info.page, page.info.per_page, page.data.length, page.info.more_records],
    found: found.data.map((each) => each.Last_Name),
    nothing: nothing.http,
    queried: queried.data.map((each) => each.City),
    unchanged: unchanged.statusCode,
    gone: gone.http,
    deleted,
  };
}

async function companions() {
  const module = "Leads";
  const id = await lead({ Last_Name: "Accompanied" });
  const note = { Note_Title: "T", Note_Content: "Naïve & “quoted”" };
  await ok("MODULES.post", { module, id: `${id}/Notes`, body: { data: [note] } });
  const notes = await ok("MODULES.get", { module, id: `${id}/Notes` });
  const add = await ok("MODULES.post", {
    module,
    id: `${id}/actions/add_tags`,
    params: { tag_names: "NodeOne,NodeTwo" },
  });
  const tagged = await ok("MODULES.get", { module, id });
  return {
    notes: notes.data.map((each) => each.Note_Content),
    add: add.data[0].code,
    tags: tagged.data[0].Tag.map((each) => each.name),
  };
}

async function files() {
  const module = "Leads";
  const id = await lead({ Last_Name: "Filed" });
  const text = Buffer.from("attached\r\n".repeat(20_000));
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
  );
  fs.writeFileSync("plain & co.txt", text);
  fs.writeFileSync("photo.png", png);
  const x_file_content = fs.createReadStream("plain & co.txt");
  const upload = await ok("ATTACHMENTS.uploadFile", { module, id, x_file_content });
  const relatedId = upload.data[0].details.id;
  const loaded = await ok("ATTACHMENTS.downloadFile", { module, id, relatedId });
  const link = { attachmentUrl: "https://node.example/a" };
  const linked = await ok("ATTACHMENTS.uploadLink", { module, id, params: link });
  const listed = await ok("MODULES.get", { module, id: `${id}/Attachments` });
  const removed = await ok("ATTACHMENTS.deleteFile", { module, id, relatedId });
  const photo = fs.createReadStream("photo.png");
  const set = await ok("ATTACHMENTS.uploadPhoto", { module, id, x_file_content: photo });
  const seen = await ok("ATTACHMENTS.downloadPhoto", { module, id });
  const unset = await ok("ATTACHMENTS.deletePhoto", { module, id });
  const left = await call("ATTACHMENTS.downloadPhoto", { module, id });
  return {
    name: loaded.filename,
    same: loaded.content.equals(text),
    linked: linked.data[0].code,
    listed: listed.data.length,
    removed: removed.data[0].code,
    photo: [set.http, seen.content.equals(png), unset.http, left.http],
  };
}

async function rest() {
  const id = await lead({ Last_Name: "Converted" });
  const deal = { Deal_Name: "Node deal", Closing_Date: "2027-01-31", Stage: "Qualification" };
  const body = { data: [{ overwrite: true, Deals: deal }] };
  const converted = await ok("ACTIONS.convert", { id, body });
  const contact = await ok("MODULES.get", { module: "Contacts", id: converted.data[0].Contacts });
  const params = () => ({ name: "node" });
  const got = await ok("FUNCTIONS.executeFunctionsInGet", { api_name: "echo", params: params() });
  const posted = await ok("FUNCTIONS.executeFunctionsInPost", {
    api_name: "echo",
    params: params(),
    body: { more: 1 },
  });
  const watch = { channel_id: "1000000068001", events: ["Leads.create"], notify_url: hook, token: "node" };
  const watched = await ok("MODULES.post", { module: "actions", id: "watch", body: { watch: [watch] } });
  const watchedLead = await lead({ Last_Name: "Watched" });
  return {
    became: Object.keys(converted.data[0]).sort(),
    contact: contact.data[0].Last_Name,
    echoed: [got, posted].map((each) => JSON.parse(each.details.output).name),
    watched: watched.watch[0].code,
    watchedLead,
  };
}

async function main() {
  await sdk.initialize();
  const told = {
    connecting: await connecting(),
    people: await people(),
    metadata: await metadata(),
    records: await records(),
    companions: await companions(),
    files: await files(),
    rest: await rest(),
  };
  const tree = Object.entries(sdk.API).flatMap(([group, functions]) =>
    Object.keys(functions).map((name) => `${group}.${name}`),
  );
  process.stdout.write(JSON.stringify({ ...told, tree, driven: [...driven] }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
