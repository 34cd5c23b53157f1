import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { HostFile } from "./file.ts";
import { shellWord } from "./shell-text.ts";

const INSTALL = readFileSync(new URL("./scripts/install-files.sh", import.meta.url), "utf8");

/**
 * One shell text that makes a host out of a computer: `sudo -n /bin/bash -s` with it on standard input unpacks the
 * files, installs those that differ, removes those that an earlier version had, and runs set-up.
 *
 * The text is a single function, called in its last line. So nothing of it runs before all of it has arrived, and no
 * command in it can read the rest of the text as its own standard input. With BUILDX_RUNNERS_DESTINATION in its
 * environment it unpacks beneath that directory and runs nothing.
 *
 * @throws Error for a path or a mode that is not plain.
 */
export function setupScript(files: readonly HostFile[]): string {
  return `set -Eeuo pipefail
umask 022
main() {
staging=$(mktemp -d)
trap 'rm -rf "$staging" "$staging.list"' EXIT
trap 'printf "buildx-runners: unpacking failed at: %s\\n" "$BASH_COMMAND" >&2' ERR
chmod 0700 "$staging"
umask 077
${files.map(unpack).join("")}umask 022
${INSTALL}}
main </dev/null
exit
`;
}

function unpack({ path, mode, content }: HostFile): string {
  if (!/^(\/[A-Za-z0-9@_][A-Za-z0-9@._-]*)+$/.test(path)) {
    throw new Error(`the path of a host's file must be plain and absolute: ${JSON.stringify(path)}`);
  }
  if (!/^0[0-7]{3}$/.test(mode)) {
    throw new Error(`the mode of ${path} must be octal with four digits: ${JSON.stringify(mode)}`);
  }
  const directory = path.slice(0, path.lastIndexOf("/"));
  return `mkdir -p "$staging"${shellWord(directory)}
${write(path, content)}printf '%s\\n' ${shellWord(`${mode} ${path}`)} >>"$staging.list"
`;
}

/** A quoted here-document keeps text readable and expands nothing; it cannot hold NUL nor end without a line break. */
function write(path: string, content: string): string {
  if (content.includes("\0") || !content.endsWith("\n")) {
    const encoded = Buffer.from(content, "utf8").toString("base64");
    return `printf %s ${shellWord(encoded)} | base64 --decode >"$staging"${shellWord(path)}\n`;
  }
  const end = delimiter(content);
  return `cat >"$staging"${shellWord(path)} <<'${end}'\n${content}${end}\n`;
}

/** Made from the content itself, so it is the same every time, and longer until no line of the content equals it. */
function delimiter(content: string): string {
  const lines = new Set(content.split("\n"));
  const digest = createHash("sha256").update(content).digest("hex");
  let length = 12;
  while (lines.has(`END_${digest.slice(0, length)}`)) {
    length += 1;
  }
  return `END_${digest.slice(0, length)}`;
}
