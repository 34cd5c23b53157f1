/**
 * Takes an instance down when the process that started this one ends without having said that all is well.
 *
 *     node reaper.ts INSTANCE
 *
 * The sign is the end of standard input: the kernel closes a pipe whatever its writer died of.
 */
import { text } from "node:stream/consumers";
import { instanceOf } from "./instance.ts";
import { undoAll } from "./undo.ts";

// A terminal's Ctrl-C and its closing are for the lab, not for the one who sweeps up after it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

if ((await text(process.stdin)) !== "done") await undoAll(instanceOf(Number(process.argv[2])));
