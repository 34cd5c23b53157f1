import { serve } from "../serve.ts";
import { GitlabProvider } from "./provider.ts";
import { settingsFrom } from "./settings.ts";

await serve(new GitlabProvider(settingsFrom({})));
