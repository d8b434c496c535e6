// Checks with names: each is tried, whatever became of the others, and all are told at the end.

const results = [];

/** Try one thing; it counts as passed unless it throws, or says that it is false. */
export async function check(name, attempt) {
  try {
    const found = await attempt();
    results.push({ name, passed: found !== false, why: found === false ? "is not so" : "" });
    return found;
  } catch (error) {
    results.push({ name, passed: false, why: reason(error) });
    return undefined;
  }
}

/** All results as JSON on stdout. */
export function tell() {
  process.stdout.write(JSON.stringify(results));
}

function reason(error) {
  // The SDKs' own errors have their text elsewhere, and may hold the one before.
  const parts = [error.code, error.message, error.details && JSON.stringify(error.details)];
  const told = parts.filter(Boolean).join(" ");
  return error.cause instanceof Error ? `${told} < ${reason(error.cause)}` : told || String(error);
}
