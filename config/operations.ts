/** The schema of what is done with promoted images: `rollback` and the like, below `buildx-runners:projects[]`. */
import { z } from "zod";

const rollbackSettings = z.strictObject({
  migrationLabel: z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "the name of a label, such as com.example.migration")
    .default("migration")
    .describe("Label by which an image says at which migration it expects the database."),
});

export const rollbackSchema = z
  .union([z.boolean(), rollbackSettings], "true, false, or { migrationLabel: com.example.migration }")
  .transform((value) => (value === true ? rollbackSettings.parse({}) : value))
  .prefault(true)
  .describe("A job, started by hand, that moves latest back to an earlier commit or release.");

export type RollbackConfig = z.output<typeof rollbackSettings>;
