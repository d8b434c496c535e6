// Calls every GET of an SDK that needs nothing, or only an id that a list told, and has it read by the SDK.

import { check } from "./checks.mjs";
import { items, ok, plain } from "./sdk.mjs";

/** What a parameter of this name gets. Others are left out. */
const VALUES = {
  module: "Leads",
  fields: "id,Created_Time",
};

/** The names of a function's parameters, from its text. */
function parameters(text) {
  return text
    .slice(text.indexOf("(") + 1, text.indexOf(")"))
    .split(",")
    .map((part) => part.split("=")[0].trim())
    .filter(Boolean);
}

async function asked(sdk, room, method, values) {
  const found = new sdk.ParameterMap();
  const wanted = `${method[0].toUpperCase()}${method.slice(1)}Param`;
  const kind = room[wanted];
  for (const param of kind ? Object.values(kind).filter((each) => each instanceof sdk.Param) : []) {
    if (param.getName() in values) await found.add(param, values[param.getName()]);
  }
  return found;
}

/** What a constructor wants, by the names of its parameters. */
function wantedBy(Kind) {
  const source = Kind.toString();
  const at = source.indexOf("constructor(");
  return at < 0 ? [] : parameters(source.slice(at));
}

/** The classes of an SDK that call the API, as [name, room, class]. */
function* kinds(sdk) {
  for (const [roomName, room] of Object.entries(sdk)) {
    for (const [kindName, Kind] of Object.entries(room)) {
      if (kindName.endsWith("Operations") && typeof Kind === "function") yield [roomName, room, Kind];
    }
  }
}

/** `skip` has names such as "Users.getUser"; `given` the arguments of constructors by their names. */
export async function sweep(sdk, given, skip) {
  for (const [roomName, room, Kind] of kinds(sdk)) {
    const construct = wantedBy(Kind);
    if (!construct.every((name) => name in given || /^(param|header)/.test(name))) continue;
    const operations = new Kind(...construct.map((name) => given[name] ?? null));
    const wanted = (name) => parameters(operations[name].toString());
    const listed = [];
    const gets = Object.getOwnPropertyNames(Kind.prototype)
      .filter((name) => name.startsWith("get") && !skip.has(`${roomName}.${name}`))
      .map((name) => [name, wanted(name)]);
    for (const [name, names] of gets.filter((each) => each[1].every((one) => /Instance$/.test(one)))) {
      const given = names[0] === "paramInstance" ? [await asked(sdk, room, name, VALUES)] : [];
      await check(`${roomName}.${name}`, async () => {
        const found = ok(await operations[name](...given));
        listed.push(...items(found));
      });
    }
    const first = listed.find((item) => item.getId);
    for (const [name, names] of gets) {
      if (!first || names[0] !== "id" || !names.slice(1).every((one) => /Instance$/.test(one))) continue;
      const given = names[1] === "paramInstance" ? [await asked(sdk, room, name, VALUES)] : [];
      await check(`${roomName}.${name}`, async () => {
        ok(await operations[name](plain(first.getId()), ...given));
      });
    }
  }
}
