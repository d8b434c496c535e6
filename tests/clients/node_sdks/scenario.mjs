// A user's day with one of Zoho's Node SDKs of the new kind, and every list that it can read. Prints JSON.
//
// node scenario.mjs PACKAGE BASE CODE HOOK, in an empty folder: where the SDK is, the emulator's address,
// a grant code for everything, and an address for callbacks.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { check, tell } from "./checks.mjs";
import { connect, ids, items, ok, plain, refusals } from "./sdk.mjs";
import { sweep } from "./sweep.mjs";

const [packagePath, base, code, hook] = process.argv.slice(2);
const sdk = await connect(packagePath, base, code);
const kept = {};

/** What the sweep leaves out. */
const LEFT_OUT = new Set([
  // The emulator has no behaviour for these, and says so.
  "EmailConfigurationOptions.getEmailConfigurationOptions",
  "EmailSignatures.getAllEmailSignatures",
  "Signals.getSignals",
  "Webforms.getWebForms",
  // These need the id of a job or of a file, or take another type of id than their lists tell.
  "Files.getFile",
  "GlobalPicklists.getPickListValueAssociations",
  "InventoryMassConvert.getScheduledJobsDetails",
  "MassConvert.getJobStatus",
  "MassDeleteCvid.getMassDeleteStatus",
  "MassDeleteTags.getStatus",
  "Record.getMassUpdateStatus",
  "Record.getRichTextRecords",
  "ScoringRules.getScoringRule",
  "UsersTransferDelete.getStatus",
  "UsersUnavailability.getUserUnavailability",
  "VariableGroups.getVariableGroupById",
  // The same by the names of the SDK for v6.
  "ConvertInventoryMass.getScheduledJobsDetails",
  "ConvertMass.getJobStatus",
  "CvidDeleteMass.getMassDeleteStatus",
  "DeleteTransferUsers.getStatus",
  "GroupsVariable.getVariableGroupById",
  "UnavailabilityUsers.getUserUnavailability",
]);

async function params(kind, values) {
  const found = new sdk.ParameterMap();
  for (const [name, value] of Object.entries(values)) await found.add(kind[name], value);
  return found;
}

async function headers(kind, values) {
  const found = new sdk.HeaderMap();
  for (const [name, value] of Object.entries(values)) await found.add(kind[name], value);
  return found;
}

function record(values) {
  const found = new sdk.Record.Record();
  for (const [name, value] of Object.entries(values)) {
    if (name === "id") found.setId(value);
    else found.addKeyValue(name, value);
  }
  return found;
}

function body(...rows) {
  const found = new sdk.Record.BodyWrapper();
  found.setData(rows.map(record));
  return found;
}

async function created(module, values) {
  const answer = await new sdk.Record.RecordOperations(module).createRecords(body(values), new sdk.HeaderMap());
  return ids(ok(answer))[0];
}

async function one(module, id) {
  const operations = new sdk.Record.RecordOperations(module);
  return ok(await operations.getRecord(id, new sdk.ParameterMap(), new sdk.HeaderMap())).getData()[0];
}

async function records() {
  const operations = new sdk.Record.RecordOperations("Leads");
  const moment = new Date("2031-05-06T07:08:09Z");
  await check("create with a datetime in Z", async () => {
    kept.lead = await created("Leads", {
      Last_Name: "Node",
      Company: "Söhne & Co",
      Email: "node@sdk.example",
      Demo_Scheduled_At: moment,
      Follow_Up_Date: new Date("2031-05-06"),
      Lead_Source: new sdk.Choice("Chat"),
      Annual_Revenue: 1234.5,
      Email_Opt_Out: true,
    });
    return typeof kept.lead === "bigint";
  });
  await check("a datetime comes back as the same moment", async () => {
    const found = (await one("Leads", kept.lead)).getKeyValue("Demo_Scheduled_At");
    return new Date(found).getTime() === moment.getTime();
  });
  await check("a choice comes back", async () => plain((await one("Leads", kept.lead)).getKeyValue("Lead_Source")) === "Chat");
  await check("the owner is a user", async () => (await one("Leads", kept.lead)).getKeyValue("Owner").getEmail().includes("@"));
  await check("umlauts come back", async () => (await one("Leads", kept.lead)).getKeyValue("Company") === "Söhne & Co");
  await check("several at once", async () => {
    const rows = [0, 1, 2].map((n) => ({ Last_Name: `Several ${n}`, Company: "SDK", Email: `s${n}@sdk.example` }));
    kept.several = ids(ok(await operations.createRecords(body(...rows), new sdk.HeaderMap())));
    return kept.several.length === 3;
  });
  await check("a refused item says which field is missing", async () => {
    const answer = await operations.createRecords(body({ Company: "nameless" }), new sdk.HeaderMap());
    const [first] = refusals(answer);
    return plain(first.getCode()) === "MANDATORY_NOT_FOUND" && first.getDetails().get("api_name") === "Last_Name";
  });
  await check("one of two is refused with 207", async () => {
    const rows = body({ Company: "nameless" }, { Last_Name: "Fine", Company: "SDK" });
    const answer = await operations.createRecords(rows, new sdk.HeaderMap());
    return answer.getStatusCode() === 207 && refusals(answer).length === 1;
  });
  await check("update one", async () => {
    ok(await operations.updateRecord(kept.lead, body({ City: "Bern" }), new sdk.HeaderMap()));
    return (await one("Leads", kept.lead)).getKeyValue("City") === "Bern";
  });
  await check("update several", async () => {
    const rows = kept.several.map((id) => ({ id, City: "Basel" }));
    return ids(ok(await operations.updateRecords(body(...rows), new sdk.HeaderMap()))).length === 3;
  });
  await check("upsert updates by email", async () => {
    const rows = body({ Last_Name: "Up", Company: "SDK", Email: "s1@sdk.example" });
    rows.setDuplicateCheckFields(["Email"]);
    return ids(ok(await operations.upsertRecords(rows, new sdk.HeaderMap())))[0] === kept.several[1];
  });
  await check("list the named fields", async () => {
    const asked = await params(sdk.Record.GetRecordsParam, { FIELDS: "Last_Name,City", PER_PAGE: 5 });
    const found = ok(await operations.getRecords(asked, new sdk.HeaderMap()));
    return found.getData().length === 5 && found.getInfo().getMoreRecords() === true;
  });
  await check("the second page by its token", async () => {
    const first = await params(sdk.Record.GetRecordsParam, { FIELDS: "id", PER_PAGE: 2 });
    const page = ok(await operations.getRecords(first, new sdk.HeaderMap()));
    const next = { FIELDS: "id", PER_PAGE: 2, PAGE_TOKEN: page.getInfo().getNextPageToken() };
    const second = ok(await operations.getRecords(await params(sdk.Record.GetRecordsParam, next), new sdk.HeaderMap()));
    return second.getData()[0].getId() < page.getData()[1].getId();
  });
  for (const [what, at, expected] of [["tomorrow", 86_400_000, 304], ["long ago", -3e11, 200]]) {
    await check(`if modified since ${what}`, async () => {
      const since = new Date(Math.floor((Date.now() + at) / 1000) * 1000);
      const given = await headers(sdk.Record.GetRecordsHeader, { IF_MODIFIED_SINCE: since });
      const asked = await params(sdk.Record.GetRecordsParam, { FIELDS: "id" });
      return (await operations.getRecords(asked, given)).getStatusCode() === expected;
    });
  }
  await check("search by email", async () => {
    const asked = await params(sdk.Record.SearchRecordsParam, { EMAIL: "node@sdk.example" });
    return ok(await operations.searchRecords(asked, new sdk.HeaderMap())).getData()[0].getId() === kept.lead;
  });
  await check("search by criteria", async () => {
    const asked = await params(sdk.Record.SearchRecordsParam, { CRITERIA: "((City:equals:Basel)and(Company:equals:SDK))" });
    return ok(await operations.searchRecords(asked, new sdk.HeaderMap())).getData().length === 3;
  });
  await check("a search that finds nothing is 204", async () => {
    const asked = await params(sdk.Record.SearchRecordsParam, { WORD: "nowhere" });
    return (await operations.searchRecords(asked, new sdk.HeaderMap())).getStatusCode() === 204;
  });
  await check("count", async () => ok(await operations.recordCount(new sdk.ParameterMap())).getCount() > 4);
  if (operations.cloneRecord) await check("clone", async () => ids(ok(await operations.cloneRecord(await created("Leads", { Last_Name: "Dolly", Company: "SDK" })))).length === 1);
  await check("delete one", async () => {
    ok(await operations.deleteRecord(kept.several[0], new sdk.ParameterMap(), new sdk.HeaderMap()));
    const gone = await operations.getRecord(kept.several[0], new sdk.ParameterMap(), new sdk.HeaderMap());
    return gone.getStatusCode() === 204;
  });
  await check("delete several", async () => {
    const asked = await params(sdk.Record.DeleteRecordsParam, { IDS: kept.several.slice(1).join(",") });
    return ids(ok(await operations.deleteRecords(asked, new sdk.HeaderMap()))).length === 2;
  });
  await check("what is deleted is listed", async () => {
    const asked = await params(sdk.Record.GetDeletedRecordsParam, { TYPE: "all" });
    const found = ok(await operations.getDeletedRecords(asked, new sdk.HeaderMap())).getData();
    return kept.several.every((id) => found.some((each) => each.getId() === id));
  });
}

async function companions() {
  await check("a note of a lead", async () => {
    const note = new sdk.Notes.Note();
    note.setNoteTitle("Title");
    note.setNoteContent("Naïve & “quoted”");
    const wrapper = new sdk.Notes.BodyWrapper();
    // In the SDK for v6 the parent is a record.
    const [parent, module] = [new (sdk.Notes.ParentId ?? sdk.Record.Record)(), new sdk.Modules.MinifiedModule()];
    module.setAPIName("Leads");
    parent.setId(kept.lead);
    if (parent.setModule) parent.setModule(module);
    else parent.addKeyValue("module", module);
    note.setParentId(parent);
    wrapper.setData([note]);
    kept.note = ids(ok(await new sdk.Notes.NotesOperations().createNotes(wrapper)))[0];
    return typeof kept.note === "bigint";
  });
  await check("the note is read", async () => {
    const asked = await params(sdk.Notes.GetNoteParam, { FIELDS: "Note_Title,Note_Content,Parent_Id" });
    const found = ok(await new sdk.Notes.NotesOperations().getNote(kept.note, asked, new sdk.HeaderMap()));
    return found.getData()[0].getNoteContent() === "Naïve & “quoted”";
  });
  await check("the notes of the lead are its related list", async () => {
    const related = sdk.RelatedRecords ?? sdk.RecordsRelated;
    const operations = new related.RelatedRecordsOperations("Notes", "Leads");
    const asked = await params(related.GetRelatedRecordsParam, { FIELDS: "Note_Title" });
    return ok(await operations.getRelatedRecords(kept.lead, asked, new sdk.HeaderMap())).getData().length === 1;
  });
  await check("the note is deleted", async () => ok(await new sdk.Notes.NotesOperations().deleteNote(kept.note)) !== null);
  await check("a file of a field is uploaded and comes back", async () => {
    writeFileSync("plan.txt", "the plan");
    const wrapper = new sdk.Files.BodyWrapper();
    wrapper.setFile([new sdk.StreamWrapper("plan.txt", null, join(process.cwd(), "plan.txt"))]);
    const details = ok(await new sdk.Files.FilesOperations().uploadFiles(wrapper, new sdk.ParameterMap())).getData()[0].getDetails();
    const asked = await params(sdk.Files.GetFileParam, { ID: details.get("id") });
    const loaded = await (await new sdk.Files.FilesOperations().getFile(asked)).getObject();
    return String(loaded.getFile().getStream()) === "the plan";
  });
  await check("an attachment is listed", async () => {
    const operations = new sdk.Attachments.AttachmentsOperations();
    const wrapper = new sdk.Attachments.FileBodyWrapper();
    wrapper.setFile(new sdk.StreamWrapper("plan.txt", null, join(process.cwd(), "plan.txt")));
    ok(await operations.uploadAttachments(kept.lead, "Leads", wrapper));
    const asked = await params(sdk.Attachments.GetAttachmentsParam, { FIELDS: "File_Name" });
    return ok(await operations.getAttachments(kept.lead, "Leads", asked)).getData()[0].getFileName() === "plan.txt";
  });
}

async function queries() {
  for (const [name, query, expected] of [
    ["a query", "select Last_Name from Leads where Email = 'node@sdk.example'", 1],
    ["a query for a moment in Z", "select id from Leads where Demo_Scheduled_At = '2031-05-06T07:08:09Z'", 1],
    ["a query through a lookup", "select Account_Name.Account_Name from Deals where id is not null limit 2", 2],
    ["a query that counts", "select COUNT(id) from Leads where id is not null", 1],
  ]) {
    await check(name, async () => {
      const wrapper = new sdk.Coql.BodyWrapper();
      wrapper.setSelectQuery(query);
      return ok(await new sdk.Coql.CoqlOperations().getRecords(wrapper)).getData().length === expected;
    });
  }
  await check("a wrong query says so", async () => {
    const wrapper = new sdk.Coql.BodyWrapper();
    wrapper.setSelectQuery("select Nothing from Leads where id is not null");
    return plain((await new sdk.Coql.CoqlOperations().getRecords(wrapper)).getObject().getCode()) === "INVALID_QUERY";
  });
}

async function watching() {
  await check("a channel is opened", async () => {
    const watch = new sdk.Notifications.Notification();
    watch.setChannelId("1000000068001");
    watch.setEvents(["Leads.create"]);
    watch.setNotifyUrl(hook);
    watch.setToken("node");
    const wrapper = new sdk.Notifications.BodyWrapper();
    wrapper.setWatch([watch]);
    return ok(await new sdk.Notifications.NotificationsOperations().enableNotifications(wrapper)) !== null;
  });
  await check("the channel is listed", async () => {
    const found = ok(await new sdk.Notifications.NotificationsOperations().getNotifications(new sdk.ParameterMap()));
    return found.getWatch()[0].getToken() === "node";
  });
  await check("a lead that is to be told of", async () => typeof (await created("Leads", { Last_Name: "Watched", Company: "SDK" })) === "bigint");
}

async function settings() {
  await check("taxes have a name and a value", async () => {
    const [tax] = ok(await new sdk.Taxes.TaxesOperations().getTaxes()).getOrgTaxes().getTaxes();
    return typeof tax.getName() === "string" && typeof tax.getValue() === "number";
  });
  await check("a tag is made, and deleted", async () => {
    const tag = new sdk.Tags.Tag();
    tag.setName("NodeTag");
    const wrapper = new sdk.Tags.BodyWrapper();
    wrapper.setTags([tag]);
    const operations = new sdk.Tags.TagsOperations();
    const asked = await params(sdk.Tags.CreateTagsParam, { MODULE: "Leads" });
    const [id] = ids(ok(await operations.createTags(wrapper, asked)));
    return ids(ok(await operations.deleteTag(id)))[0] === id;
  });
}

await records();
await companions();
await queries();
await watching();
await settings();
await sweep(sdk, { moduleAPIName: "Leads", module: "Leads" }, LEFT_OUT);
tell();
