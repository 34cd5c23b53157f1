import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = path.resolve(import.meta.dirname, "../../../lab/pipeline/docker.sh");
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "docker-sh-"));
  const docker = path.join(directory, "docker");
  await writeFile(docker, '#!/bin/bash\nprintf \'%s\\n\' "$@" "env:${TOKEN-none}"\n');
  await chmod(docker, 0o755);
  await writeFile(path.join(directory, "secrets"), "MARK_0_\tone&two\\\nMARK_1_\tthree\n");
});
afterAll(() => rm(directory, { recursive: true }));

/** What reaches the Docker CLI: its arguments, and the variable TOKEN. */
async function docker(argv: readonly string[], options = ""): Promise<string[]> {
  const env = {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    LAB_DOCKER: path.join(directory, "docker"),
    LAB_SECRETS: path.join(directory, "secrets"),
    LAB_LABEL: "label=1",
    LAB_CREATE_OPTIONS: options,
  };
  const { stdout } = await promisify(execFile)(script, argv, { env });
  return stdout.trimEnd().split("\n");
}

test("a secret travels in the environment, wherever it stands in a value", async () => {
  expect(
    await docker(["create", "-e", "TOKEN=a:MARK_0_:MARK_1_", "-e", "A=b c", "image", "MARK_1_"]),
  ).toEqual([
    ...["create", "--label", "label=1", "-e", "TOKEN", "-e", "A=b c", "image", "MARK_1_"],
    "env:a:one&two\\:three",
  ]);
});

test("what is created gets the label and the runner's options", async () => {
  expect(await docker(["create", "image"], "--security-opt=a\n--env=B=c d\n")).toEqual([
    ...["create", "--label", "label=1", "--security-opt=a", "--env=B=c d", "image", "env:none"],
  ]);
  expect(await docker(["run", "image"])).toEqual(["run", "--label", "label=1", "image", "env:none"]);
  expect(await docker(["network", "create", "n"])).toEqual([
    ...["network", "create", "--label", "label=1", "n", "env:none"],
  ]);
});

test("everything else passes as it is", async () => {
  expect(await docker(["network", "rm", "n"])).toEqual(["network", "rm", "n", "env:none"]);
  expect(await docker(["cp", "a b", "c:/d"], "--security-opt=a\n")).toEqual([
    "cp",
    "a b",
    "c:/d",
    "env:none",
  ]);
});

test("a variable of gitlab-ci-local's own is left out", async () => {
  expect(await docker(["create", "-e", "GCL_PROJECT_DIR_ON_HOST=/x", "-e", "A=b", "image"])).toEqual([
    ...["create", "--label", "label=1", "-e", "A=b", "image", "env:none"],
  ]);
});

test("the job's container gets the files of its variables, readable by all", async () => {
  const recorder = path.join(directory, "recorder");
  const body =
    '#!/bin/bash\nif [[ $1 == cp ]]; then tar -tvf - >>"$0.log"; echo "$*" >>"$0.log"; else echo c0ffee; fi\n';
  await writeFile(recorder, body);
  await chmod(recorder, 0o755);
  const files = path.join(directory, "files");
  await mkdir(path.join(files, "builds/acme/shop.tmp"), { recursive: true });
  await writeFile(path.join(files, "builds/acme/shop.tmp/KEY"), "content");
  const env = {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    LAB_DOCKER: recorder,
    LAB_SECRETS: path.join(directory, "secrets"),
    LAB_LABEL: "label=1",
    LAB_FILES: files,
  };
  const { stdout } = await promisify(execFile)(
    script,
    ["create", "--workdir", "/builds/acme/shop", "image"],
    { env },
  );
  expect(stdout).toBe("c0ffee\n");
  const log = await readFile(`${recorder}.log`, "utf8");
  expect(log).toMatch(/-rw-r--r-- 0\/0 .*builds\/acme\/shop\.tmp\/KEY/);
  expect(log).toContain("cp - c0ffee:/");
});
