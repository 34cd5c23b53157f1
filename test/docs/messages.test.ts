/** Messages that the documentation explains are messages that there are. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pages, REPOSITORY } from "./pages.ts";

/** Said by others: the providers, SSH, S3, sudo, cosign, Pulumi. */
const OTHERS =
  /^(?:ssh:|proxy: after|dial tcp|dial unix|connection refused|i\/o timeout|sudo:|Bucket is missing|realm host)/;

/** Code and scripts, without what tests say. */
function sources(): string {
  const files = execFileSync("git", ["ls-files", "*.ts", "*.sh"], { cwd: REPOSITORY, encoding: "utf8" });
  return files
    .split("\n")
    .filter((file) => file !== "" && !/^(?:test|lab|docs)\//.test(file))
    .map((file) => readFileSync(join(REPOSITORY, file), "utf8"))
    .join("\n");
}

const messages = (pages.find(({ name }) => name === "docs/troubleshooting.md")?.text ?? "")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) => [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text))
  .filter((text) => !OTHERS.test(text));

it("are explained as the program says them", () => {
  const text = sources();
  // Names are put in; the words between them are the code's own.
  const words = (message: string) =>
    message.split(/…|\d+ of \d+|: (?=is not set)|^\.gitlab-ci\.yml |^[A-Z_]+$/);
  const unknown = messages.filter((message) =>
    words(message).some((part) => part.trim().length > 3 && !text.includes(part.trim())),
  );
  expect(messages.length).toBeGreaterThan(15);
  expect(unknown).toEqual([]);
});
