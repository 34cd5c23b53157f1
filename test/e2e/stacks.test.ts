/** Stacks side by side: what belongs to one is another's never, and what a stack leaves behind when it goes. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigEntry } from "../../lab/engine/index.ts";
import { type Lab, PROJECT, startLab, USER } from "../../lab/lab.ts";
import { labDirectory } from "../../lab/paths.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { run } from "../../lab/run.ts";
import { type StackEngine, StackError } from "../../stack/engine.ts";

/** What the second stack builds. */
const OTHER = "acme/other";
const FILES = [".gitlab-ci.yml", ".gitlab/buildx.gitlab-ci.yml", "docker-bake.hcl"];
const HOST = "buildx-runners:fleets[0].hosts[0]";

/** A Docker of the host's people, with an image and a volume: it was there first. */
const THEIRS = `set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet=2 update
apt-get --quiet=2 --yes --no-install-recommends install acl ca-certificates curl dbus-user-session docker.io docker-cli \\
  docker-buildx git iptables jq nftables rootlesskit slirp4netns uidmap unattended-upgrades >/dev/null
systemctl enable --quiet --now docker.service
docker volume create theirs >/dev/null
echo data >"$(docker volume inspect --format '{{.Mountpoint}}' theirs)/data"
tar --create --file - --directory /etc hostname | docker import - theirs:1 >/dev/null
echo notes >/home/admin/notes`;

/** What of it is still there. */
const STILL_THEIRS = `docker image inspect --format '{{.Id}}' theirs:1
cat "$(docker volume inspect --format '{{.Mountpoint}}' theirs)/data" /home/admin/notes
systemctl is-enabled docker.service docker.socket`;

/** Units, accounts, files with their content, directories of data, and rules of the firewall. */
const HOST_STATE = `set -eu
systemctl list-unit-files --plain --no-legend | awk '{ print $1, $2 }' | sort
sort /etc/passwd /etc/group /etc/subuid /etc/subgid
find /etc /usr/local /home /root -xdev -type f -not -name '*-' -not -name '.pwd.lock' -not -path '/etc/ssl/certs/*' -exec sha256sum {} + | sort -k 2
find /etc /usr/local /home /root -xdev -not -type f -not -path '/etc/ssl/certs/*' -printf '%p %M %u %g %l\\n' | sort
sha256sum /etc/ssl/certs/ca-certificates.crt
ls -A /var/lib /opt /srv /run/lock
nft list tables | grep -i buildx || true`;

const PROTECTED = { key: "buildx-runners:protect", value: true };

let lab: Lab;
let directory: string;

/** A stack of the lab's configuration with some on top; its state is its own. */
function stack(name: string, config: readonly ConfigEntry[]): Promise<StackEngine> {
  return lab.engine({ stack: name, stateDirectory: join(directory, name), config: [...config] });
}

const first = (more: readonly ConfigEntry[] = []): Promise<StackEngine> =>
  stack("lab", [
    { key: "buildx-runners:projects[0].refresh", value: { cron: "0 4 * * 1" } },
    { key: "buildx-runners:projects[0].protection", value: { tags: ["v*"] } },
    ...more,
  ]);

const second = (more: readonly ConfigEntry[] = []): Promise<StackEngine> =>
  stack("prod", [
    { key: "buildx-runners:fleets[0].scope", value: { project: OTHER } },
    { key: "buildx-runners:fleets[0].tags", value: ["buildx-prod"] },
    { key: "buildx-runners:projects[0].path", value: OTHER },
    { key: "buildx-runners:projects[0].onDestroy", value: "keep" },
    ...more,
  ]);

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it succeeded",
    (error: unknown) => {
      expect(error).toBeInstanceOf(StackError);
      return (error as Error).message;
    },
  );
}

async function inHost(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await lab.machine.exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}${stdout}`);
  return stdout;
}

async function get(path: string): Promise<unknown> {
  const { statusCode, body } = await request(`${lab.gitlab.apiUrl}${path}`, {
    headers: { "PRIVATE-TOKEN": lab.gitlab.adminToken },
    dispatcher: new Agent({ connect: { ca: lab.ca.caPem } }),
  });
  expect(statusCode, path).toBe(200);
  return body.json();
}

/** All that a stack could have left in a project. */
async function gitlabState(project: string): Promise<Record<string, unknown>> {
  const lists = ["variables", "pipeline_schedules", "protected_tags", "protected_branches"];
  const id = encodeURIComponent(project);
  const { last_activity_at: _, ...settings } = (await get(`projects/${id}`)) as Record<string, unknown>;
  const found = lists.map(async (list) => [list, await get(`projects/${id}/${list}`)] as const);
  const files = FILES.map(async (file) => [file, await lab.gitlab.readFile(project, file)] as const);
  return {
    settings,
    ...Object.fromEntries(await Promise.all([...found, ...files])),
    runners: lab.gitlab.runners().map(({ description }) => description),
  };
}

const changing = (): number => lab.gitlab.requests.filter(({ method }) => !/GET|HEAD/.test(method)).length;

/** Puts a user's own image into the registry of the lab. */
async function pushTheirs(tag: string): Promise<void> {
  const { address, user = "", password = "" } = lab.registry;
  const certificates = mkdtempSync(join(tmpdir(), "certificates-"));
  copyFileSync(lab.ca.caPath, join(certificates, "ca.crt"));
  const [image] = lab.images;
  await run("skopeo", [
    ...["copy", "--quiet", "--src-cert-dir", certificates, "--dest-cert-dir", certificates],
    ...["--dest-creds", `${user}:${password}`],
    `docker://${lab.mirror.address}/${image?.reference.replace(/^docker\.io\//, "")}`,
    `docker://${address}/${PROJECT}/theirs:${tag}`,
  ]).finally(() => rmSync(certificates, { recursive: true }));
}

let before: { host: string; theirs: string; shop: unknown; image: string | undefined };

beforeAll(async () => {
  directory = mkdtempSync(join(labDirectory, "stacks-"));
  lab = await startLab({ assumeYes: true, step: loggedSteps });
  await lab.gitlab.createProject(
    OTHER,
    { "README.md": "Other.\n" },
    { defaultBranch: "main", protectedBranches: ["main"] },
  );
  lab.gitlab.setRole(USER, OTHER, "maintainer");
  // Not before its first use sudo leaves a mark in the administrator's home.
  await Promise.all([inHost(THEIRS), pushTheirs("1"), lab.machine.ssh("sudo -n true")]);
  before = {
    host: await inHost(HOST_STATE),
    theirs: await inHost(STILL_THEIRS),
    shop: await gitlabState(PROJECT),
    image: await lab.registry.digest(`${PROJECT}/theirs`, "1"),
  };
  await (await first([PROTECTED])).up();
});
afterAll(async () => {
  await lab?.stop();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

describe("a second stack", () => {
  it("is refused at the first one's host, by name, before anything changes", async () => {
    const [requests, host] = [changing(), await inHost(HOST_STATE)];
    const message = await failure((await second()).up());
    expect(message).toMatch(
      /this computer is a host of fleet linux of stack lab; fleet linux of stack prod has not changed it/,
    );
    expect(message).toContain("takeOver: lab/linux");
    expect(changing()).toBe(requests);
    expect(await inHost(HOST_STATE)).toBe(host);
  });

  it("is refused in the first one's project, whatever it says of adoption and wherever it writes", async () => {
    const path = { key: "buildx-runners:projects[0].path", value: PROJECT };
    const scope = { key: "buildx-runners:fleets[0].scope", value: { project: PROJECT } };
    const requests = changing();
    for (const more of [
      [{ key: "buildx-runners:projects[0].adopt", value: true }],
      [{ key: "buildx-runners:projects[0].include", value: true }],
    ])
      expect(await failure((await second([path, scope, ...more])).up())).toMatch(
        /nothing was changed:\n.*acme\/shop: (?:\.gitlab-ci\.yml|docker-bake\.hcl) belongs to stack lab/,
      );
    expect(changing()).toBe(requests);
  });
});

describe("a protected stack", () => {
  it("is not taken down, not even in parts, until it is no longer one", async () => {
    const [requests, host] = [changing(), await inHost(HOST_STATE)];
    expect(await failure((await first()).destroy())).toMatch(/protect/);
    expect(changing()).toBe(requests);
    expect(await inHost(HOST_STATE)).toBe(host);
    const { changes } = await (await first()).up();
    expect(changes.filter(({ op }) => op !== "update")).toEqual([]);
    expect(changing()).toBe(requests);
  });
});

describe("the end of a stack", () => {
  it("leaves GitLab, the host and the registry as they were, and people's own images, volumes and files", async () => {
    await (await first()).destroy();
    expect(await gitlabState(PROJECT)).toEqual(before.shop);
    expect(await inHost(STILL_THEIRS)).toBe(before.theirs);
    expect(await inHost(HOST_STATE)).toBe(before.host);
    expect(await lab.registry.digest(`${PROJECT}/theirs`, "1")).toBe(before.image);
  });

  it("sets its machine free for another one", async () => {
    await (await second()).up();
    expect(await inHost("cat /var/lib/buildx-runners/owner")).toBe("prod/linux");
    expect(await lab.gitlab.readFile(OTHER, ".gitlab-ci.yml")).toMatch(
      /^# Generated by buildx-runners, stack prod\./,
    );
  });

  it("undoes nothing on a machine that another stack has taken over, and hands files back", async () => {
    await (await first([{ key: `${HOST}.takeOver`, value: "prod/linux" }])).up();
    const host = await inHost(HOST_STATE);
    expect(host).toContain("/var/lib/buildx/open/home");
    await (await second()).destroy();
    expect(await inHost(HOST_STATE)).toBe(host);
    expect(lab.gitlab.runners().every(({ description }) => description?.startsWith("lab/linux/"))).toBe(true);
    expect(lab.gitlab.variables(OTHER)).toEqual([]);
    const [pipeline, bake] = [
      await lab.gitlab.readFile(OTHER, ".gitlab-ci.yml"),
      await lab.gitlab.readFile(OTHER, "docker-bake.hcl"),
    ];
    for (const left of [pipeline, bake])
      expect(left).toMatch(/^# Made by buildx-runners\. Its stack prod has let this file go/);
    expect(pipeline).toContain("docker-build:");
  });

  it("comes, too, where a machine is gone", async () => {
    await inHost("systemctl stop ssh.service ssh.socket");
    const gone = [{ key: `${HOST}.gone`, value: true }];
    await (await first(gone)).up();
    await (await first(gone)).destroy();
    expect(await gitlabState(PROJECT)).toEqual(before.shop);
    await inHost("systemctl start ssh.socket || systemctl start ssh.service");
    // By hand, as on a machine that is back: whoever its owner is.
    await inHost("/usr/local/lib/buildx-runners/teardown.sh");
    expect(await inHost(HOST_STATE)).toBe(before.host);
  });
});
