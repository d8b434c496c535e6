// n8n's Zoho node, unmodified: each operation of its ten resources, and what its forms load. Prints JSON.
//
// node scenario.cjs NODE BASE TOKEN: the folder of the node, the emulator's address, an access token.
// n8n itself is not there: below stands what the node asks of it, and no more. It signs as n8n does.
"use strict";

const { join } = require("node:path");

const [folder, base, token] = process.argv.slice(2);
const { ZohoCrm } = require(join(folder, "ZohoCrm.node.js"));
const results = [];
const kept = {};

async function check(name, attempt) {
  try {
    const found = await attempt();
    results.push({ name, passed: found !== false, why: found === false ? "is not so" : "" });
    return found;
  } catch (error) {
    results.push({ name, passed: false, why: `${error.message} ${error.description || ""}` });
    return undefined;
  }
}

/** What n8n does with the options of its old request helper, signed by its OAuth 2 credentials. */
async function requestOAuth2(credentials, { method, uri, qs = {}, body }) {
  const query = new URLSearchParams(qs).toString();
  const answer = await fetch(query ? `${uri}?${query}` : uri, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** What n8n gives to a node: parameters, one input item, and its helpers. */
function context(parameters) {
  return {
    getInputData: () => [{ json: {} }],
    getNode: () => ({ name: "Zoho CRM", type: "zohoCrm", typeVersion: 1 }),
    getCredentials: async () => ({ oauthTokenData: { api_domain: base } }),
    getNodeParameter: (name, index, fallback) => parameters[name] ?? fallback,
    getCurrentNodeParameter: (name) => parameters[name],
    getCurrentNodeParameters: () => parameters,
    continueOnFail: () => false,
    helpers: {
      requestOAuth2,
      returnJsonArray: (found) => [].concat(found).map((json) => ({ json })),
      constructExecutionMetaData: (found) => found,
    },
  };
}

async function execute(resource, operation, parameters = {}) {
  const given = { additionalFields: {}, updateFields: {}, options: {}, resource, operation, ...parameters };
  const [items] = await new ZohoCrm().execute.call(context(given));
  // `get` of a lead hands on the whole answer.
  return items.flatMap(({ json }) => (json && Array.isArray(json.data) ? json.data : [json]));
}

const line = () => [{ id: kept.product, product: kept.product, quantity: 2, unit_price: 5, list_price: 5 }];

/** For each resource: the node's parameters for create, and the field that an update changes. */
const RESOURCES = {
  vendor: [() => ({ vendorName: "n8n vendor" }), "Email", "v@n8n.example"],
  account: [() => ({ accountName: "n8n account" }), "Phone", "123"],
  contact: [() => ({ lastName: "n8n contact" }), "Phone", "123"],
  lead: [() => ({ Company: "n8n", lastName: "n8n lead" }), "City", "Bern"],
  deal: [() => ({ dealName: "n8n deal", stage: "Qualification" }), "Description", "changed"],
  product: [() => ({ productName: "n8n product" }), "Description", "changed"],
  quote: [() => ({ subject: "n8n quote", Product_Details: line() }), "Description", "changed"],
  salesOrder: [() => ({ subject: "n8n order", accountId: kept.account, Product_Details: line() }), "Description", "changed"],
  purchaseOrder: [() => ({ subject: "n8n purchase", vendorId: kept.vendor, Product_Details: line() }), "Description", "changed"],
  invoice: [() => ({ subject: "n8n invoice", Product_Details: line() }), "Description", "changed"],
};

async function resource(name, [create, field, value]) {
  const id = `${name}Id`;
  await check(`${name}: create`, async () => {
    const [made] = await execute(name, "create", create());
    kept[name] = made.id || made.details.id;
    return /^\d+$/.test(kept[name]);
  });
  await check(`${name}: get`, async () => (await execute(name, "get", { [id]: kept[name] }))[0].id === kept[name]);
  await check(`${name}: update`, async () => {
    await execute(name, "update", { [id]: kept[name], updateFields: { [field]: value } });
    return (await execute(name, "get", { [id]: kept[name] }))[0][field] === value;
  });
  await check(`${name}: get some`, async () => (await execute(name, "getAll", { returnAll: false, limit: 3 })).length >= 1);
  await check(`${name}: get all, named fields`, async () => {
    const found = await execute(name, "getAll", { returnAll: true, options: { fields: [field], sort_by: "id", sort_order: "asc" } });
    return found.some((each) => each.id === kept[name] && each[field] === value);
  });
  if (name !== "product" && name !== "quote" && name !== "invoice" && !name.endsWith("Order")) {
    await check(`${name}: upsert`, async () => (await execute(name, "upsert", create())).length === 1);
  }
  if (name === "lead" || name === "contact") {
    await check(`${name}: upsert by email changes the same`, async () => {
      const email = { additionalFields: { Email: `${name}@n8n.example` } };
      const [first] = await execute(name, "upsert", { ...create(), ...email });
      const [second] = await execute(name, "upsert", { ...create(), ...email });
      return (first.id || first.details.id) === (second.id || second.details.id);
    });
  }
}

async function forms() {
  const loaders = new ZohoCrm().methods.loadOptions;
  // The node asks these for the fields of a module without a name, which Zoho cannot answer either.
  const broken = /^get(Custom)?(PurchaseOrder|SalesOrder)Fields$/;
  for (const [name, load] of Object.entries(loaders).filter(([each]) => !broken.test(each))) {
    await check(`form: ${name}`, async () => {
      const found = await load.call(context({ resource: "lead", operation: "create" }));
      return Array.isArray(found) && found.every((each) => typeof each.name === "string");
    });
  }
  await check("form: the stages of a deal are told", async () => (await loaders.getDealStage.call(context({}))).length > 3);
}

async function main() {
  for (const [name, how] of Object.entries(RESOURCES)) {
    await resource(name, how);
  }
  await forms();
  await check("lead: fields", async () => (await execute("lead", "getFields")).length > 20);
  for (const name of Object.keys(RESOURCES).reverse()) {
    const id = `${name}Id`;
    await check(`${name}: delete`, async () => (await execute(name, "delete", { [id]: kept[name] })).length === 1);
    await check(`${name}: what is deleted is gone`, async () => {
      const found = await execute(name, "get", { [id]: kept[name] }).catch(() => []);
      return !found.some((each) => each && each.id === kept[name]);
    });
  }
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
