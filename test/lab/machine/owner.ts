/**
 * A lab in the small, for claim.test.ts: claims machine 199, starts one process on its account, and waits.
 *
 * Prints that process's number; with the argument `keep` it leaves it up and ends.
 */
import { spawn } from "node:child_process";
import { claim } from "../../../lab/machine/claim.ts";
import { instanceOf } from "../../../lab/machine/instance.ts";
import { record } from "../../../lab/machine/journal.ts";
import { identify } from "../../../lab/machine/process.ts";

const instance = instanceOf(199);
const claimed = await claim(instance);
const child = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
child.unref();
const identity = identify(child.pid ?? 0);
if (identity === undefined) throw new Error("sleep did not start");
record(instance, { kind: "process", name: "sleep", process: identity, grace: 1_000 });
if (process.argv[2] === "keep") claimed.keep();
else setInterval(() => {}, 1_000);
console.log(JSON.stringify(identity));
