/** Runs an `up` in a process of its own, so that a test can kill it: `up.ts CONFIG_FILE STATE_DIRECTORY`. */
import { fileURLToPath } from "node:url";
import { createEngine } from "../../../lab/engine/index.ts";

const [configFile = "", stateDirectory = ""] = process.argv.slice(2);
const engine = await createEngine({
  engine: "in-process",
  projectDirectory: fileURLToPath(new URL("program", import.meta.url)),
  stack: "test",
  configFile,
  stateDirectory,
  plugins: { files: fileURLToPath(new URL("files-provider.ts", import.meta.url)) },
});
await engine.up();
