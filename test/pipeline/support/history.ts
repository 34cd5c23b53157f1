/** A real Git repository in a test's directory. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface History {
  /** What Git says, trimmed. */
  readonly git: (...argv: string[]) => string;
  /** Makes a commit. @returns its name. */
  readonly commit: (message: string, files?: Readonly<Record<string, string>>) => string;
}

export function historyIn(directory: () => string): History {
  const git = (...argv: string[]): string => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    const result = spawnSync("git", [...identity, "-C", directory(), ...argv], { encoding: "utf8" });
    if (result.status !== 0) throw new Error(`git ${argv.join(" ")}: ${result.stderr}`);
    return result.stdout.trim();
  };
  return {
    git,
    commit(message, files = {}) {
      for (const [path, text] of Object.entries(files)) {
        writeFileSync(join(directory(), path), text);
        git("add", path);
      }
      git("commit", "--quiet", "--allow-empty", "--message", message);
      return git("rev-parse", "HEAD");
    },
  };
}
