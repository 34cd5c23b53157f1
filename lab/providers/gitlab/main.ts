import { serve } from "../serve.ts";
import { GitlabProvider } from "./provider.ts";
import { type GitlabSettings, settingsFrom } from "./settings.ts";

/** An engine shows what a plugin prints before it ends: the message alone says what to do. */
function settings(): GitlabSettings {
  try {
    return settingsFrom(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

await serve(new GitlabProvider(settings()));
