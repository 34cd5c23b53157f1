/** Calls gitlab-ci-local so that nothing of this computer's or this person's configuration takes part. */
import path from "node:path";
import { execa } from "execa";
import { repositoryDirectory } from "../paths.ts";

const program = path.join(repositoryDirectory, "node_modules/gitlab-ci-local/dist/index.js");

/** Directory of its state, in the checkout. */
export const stateDirectory = ".gitlab-ci-local";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface Call {
  readonly checkout: string;
  readonly arguments: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this account, which may still read whatever root may read. */
  readonly account?: Account;
  readonly signal?: AbortSignal;
  /** Told of each line, of standard output and standard error alike. */
  readonly onLine?: (line: string) => void;
}

export interface CallResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end; a failing exit code is returned, not thrown. */
export async function gitlabCiLocal(call: Call): Promise<CallResult> {
  const home = path.dirname(call.checkout);
  const argv = [...[program, "--state-dir", stateDirectory, "--home", home, "--no-color"], ...call.arguments];
  const [command, ...rest] = [...asAccount(call.account), process.execPath, ...argv];
  const child = execa(command ?? process.execPath, rest, {
    cwd: call.checkout,
    reject: false,
    stdin: "ignore",
    extendEnv: false,
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      HOME: home,
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      // A person's settings may rewrite addresses or refuse directories.
      GIT_CONFIG_GLOBAL: "/dev/null",
      // It takes the person who started the pipeline from here.
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "Lab",
      GIT_CONFIG_KEY_1: "user.email",
      GIT_CONFIG_VALUE_1: "lab@example.com",
      ...call.env,
    },
    // It removes its containers when it is asked to end.
    ...(call.signal === undefined ? {} : { cancelSignal: call.signal }),
    killSignal: "SIGTERM",
    forceKillAfterDelay: 30_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (call.onLine !== undefined) {
    const { onLine } = call;
    await Promise.all(
      ["stdout" as const, "stderr" as const].map(async (from) => {
        for await (const line of child.iterable({ from })) onLine(String(line));
      }),
    ).catch(() => {});
  }
  const result = await child;
  return { exitCode: result.exitCode ?? 255, stdout: result.stdout, stderr: result.stderr };
}

/**
 * The lab's own directories may lie where only root looks. The account gets to read them, and gains nothing that it
 * could write to: a socket takes write permission.
 */
function asAccount(account: Account | undefined): string[] {
  if (account === undefined) return [];
  return [
    "setpriv",
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    "--clear-groups",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
    "--no-new-privs",
    "--",
  ];
}
