/** Times of day and week: cron expressions and the zones in which clocks show them. */
import { Cron } from "croner";
import { z } from "zod";

function cronProblem(expression: string): string | undefined {
  try {
    // Paused: it is read, and nothing is ever run.
    new Cron(expression, { paused: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
  }
}

/**
 * Five fields of cron: minute, hour, day of month, month, day of week.
 *
 * @param example shown in the error message.
 * @see https://docs.gitlab.com/topics/cron/
 */
export const cronExpression = (example: string) =>
  z
    .string()
    .max(100)
    .regex(/^[0-9*,/-]+(?: [0-9A-Za-z*,/-]+){4}$/, {
      abort: true,
      error: `five fields of cron: ${example}`,
    })
    .superRefine((expression, context) => {
      const problem = cronProblem(expression);
      if (problem !== undefined)
        context.addIssue({
          code: "custom",
          message: `five fields of cron within their ranges: ${example} (${problem})`,
        });
    });

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** A zone of the IANA time zone database. */
export const timeZone = z
  .string()
  .max(64)
  .refine((name) => /^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name) && isTimeZone(name), {
    error: "a time zone by its IANA name, such as Europe/Berlin or UTC",
  });
