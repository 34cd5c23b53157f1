import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registrationInput } from "../../../runner/host/registration.ts";
import type { TrustLevel } from "../../../runner/host/settings.ts";
import { doctor, type HostMachine, JOB_IMAGE, startHostMachine } from "./support.ts";

const SECRET = "CANARYthatNoJobMaySee";
const tokenOf = (name: string) => `glrt-${SECRET}-${name.replaceAll("/", "-")}`;
const TOKEN_FILES = "/etc/gitlab-runner/open/config.toml /etc/gitlab-runner/protected/config.toml";

let host: HostMachine;
beforeAll(async () => {
  host = await startHostMachine("ready", true);
  const setUp = await host.setUp();
  expect(setUp.text).toContain("buildx-runners: ready");
  for (const level of ["open", "protected"]) {
    await host.root(`docker -H unix:///var/lib/buildx/${level}/docker.sock pull --quiet ${JOB_IMAGE}`);
  }
  // A manager that holds its token the way the real one does: in its memory, its environment and an open file.
  const program = `#!/bin/bash\n[[ $1 == run ]] || exit 0\nexport RUNNER_TOKEN=$(<"$3")\nexec 7<"$3"\nexec sleep infinity\n`;
  const file = "/usr/local/lib/buildx-runners/bin/gitlab-runner";
  const put = await host.root(
    `mkdir -p ${file.replace(/\/[^/]*$/, "")} && cat >${file} && chmod 0755 ${file}`,
    program,
  );
  expect(put.exitCode).toBe(0);
  const entries = host.settings().runners.map(({ name }) => ({ name, token: tokenOf(name) }));
  const register = await host.machine.ssh("sudo -n /usr/local/lib/buildx-runners/register.sh", {
    input: registrationInput(entries),
  });
  expect(register.stderr).toBe("");
  expect(register.stdout).toMatch(/registered, \d+ changes/);
  expect(`${register.stdout}${register.stderr}`).not.toContain(SECRET);
});
afterAll(() => host.stop());

it("has a token to steal: root and the manager can read it, and the manager runs", async () => {
  expect((await host.root(`cat ${TOKEN_FILES}`)).stdout).toContain(SECRET);
  expect((await host.root(`runuser -u gitlab-runner -- cat ${TOKEN_FILES}`)).stdout).toContain(SECRET);
  for (const level of ["open", "protected"]) {
    const unit = `gitlab-runner@${level}.service`;
    await host.root("timeout 20 sh -c 'until pgrep -u gitlab-runner -x sleep; do sleep 0.1; done'");
    const pid = (await host.root(`systemctl show -P MainPID ${unit}`)).stdout.trim();
    expect((await host.root(`cat /proc/${pid}/environ`)).stdout).toContain(SECRET);
    expect((await host.root(`ps -o user= -p ${pid}`)).stdout.trim()).toBe("gitlab-runner");
  }
});

/** Each tries to print the token; OPTIONS are those of `docker run`, the script runs in the container. */
const attacks: readonly [what: string, options: string, script: string][] = [
  ["a bind mount of the file", "--volume /:/host", `for f in ${TOKEN_FILES}; do cat /host$f; done`],
  ["a bind mount of the directory", "--volume /etc/gitlab-runner/open:/stolen", "cat /stolen/config.toml"],
  [
    "every privilege and the host's root directory",
    "--privileged --volume /:/host",
    `chroot /host cat ${TOKEN_FILES}`,
  ],
  [
    "the environment and memory of every process",
    "--privileged --pid=host --volume /:/host",
    "cat /proc/*/environ /proc/*/fd/7 /host/proc/*/environ; for p in /proc/[0-9]*; do cat $p/root/etc/gitlab-runner/open/config.toml; done",
  ],
  [
    "the namespaces of the manager and of the host's first process",
    "--privileged --pid=host",
    `for p in 1 $(pgrep -f 'sleep infinity'); do nsenter -t $p -m -p cat ${TOKEN_FILES}; nsenter -t $p -a cat ${TOKEN_FILES}; done`,
  ],
  [
    "every capability, and no seccomp or AppArmor",
    "--cap-add ALL --security-opt seccomp=unconfined --security-opt apparmor=unconfined --user 0 --userns host --volume /:/host",
    `cat /host/etc/gitlab-runner/open/config.toml; chmod -R a+r /host/etc/gitlab-runner; chown -R 0 /host/etc/gitlab-runner; cat /host/etc/gitlab-runner/open/config.toml`,
  ],
  [
    "caches, logs and state",
    "--privileged --volume /:/host",
    `cd /host && find var/log var/lib/gitlab-runner var/lib/buildx-runners run tmp var/tmp root usr/local etc -xdev -type f -size -20000k -exec grep -ha ${SECRET} {} +`,
  ],
  [
    "the journal",
    "--privileged --volume /:/host",
    "chroot /host journalctl --no-pager -a -u 'gitlab-runner@*'",
  ],
  [
    "sudo and su",
    "--privileged --pid=host --volume /:/host",
    `for f in ${TOKEN_FILES}; do chroot /host sudo -n cat $f; chroot /host su root -c "cat $f"; chroot /host su gitlab-runner -s /bin/sh -c "cat $f"; chroot /host runuser -u gitlab-runner -- cat $f; done`,
  ],
  [
    "the host's systemd",
    "--privileged --pid=host --volume /:/host --volume /run:/run",
    `timeout 10 chroot /host systemd-run --pipe --wait cat ${TOKEN_FILES}; DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket timeout 10 chroot /host systemctl cat gitlab-runner@open`,
  ],
  [
    "a rule for sudo, an account, a task for cron, a unit",
    "--privileged --volume /:/host",
    "echo 'ALL ALL=(ALL) NOPASSWD: ALL' >/host/etc/sudoers.d/x || echo no; echo 'x::0:0::/:/bin/sh' >>/host/etc/passwd || echo no; echo '* * * * * root id' >/host/etc/cron.d/x || echo no; echo >/host/etc/systemd/system/x.service || echo no; echo >/host/usr/local/lib/buildx-runners/lib.sh || echo no; cat /host/etc/gitlab-runner/open/config.toml",
  ],
  [
    "the raw disk",
    "--privileged --volume /dev:/hostdev",
    `grep -a -m1 ${SECRET} /hostdev/vda /hostdev/sda /hostdev/nvme0n1; mknod /disk b 254 0 && grep -a -m1 ${SECRET} /disk`,
  ],
  [
    "the other level's socket",
    "--volume /var/lib/buildx/protected:/other",
    "docker -H unix:///other/docker.sock version",
  ],
];

describe("a job that holds the Docker socket does not get the runner token by", () => {
  it.each(attacks)("%s", async (_what, options, script) => {
    // The job starts the container with its own socket, as it would in a pipeline.
    const inner = `docker run --rm --interactive ${options} --entrypoint sh ${JOB_IMAGE} -s 2>&1 <<'ATTACK'\necho attack started\n${script}\nATTACK\n`;
    const result = await host.job("open", "", inner);
    expect(result.text).not.toContain(SECRET);
    // It really ran, or Docker could not even make the mount.
    expect(result.text).toMatch(/attack started|error while creating mount source path|permission denied/);
  });
});

it("changed nothing on the host by trying", async () => {
  const found = await host.root(
    "ls /etc/sudoers.d/x /etc/cron.d/x /etc/systemd/system/x.service; grep '^x:' /etc/passwd",
  );
  expect(found.stdout).toBe("");
  expect((await doctor(host)).failed).toEqual([]);
});

it("leaves only files of the level's account when a job makes a set-user-id program on the host", async () => {
  const script = "cp /bin/busybox /host/tmp/rootsh; chmod 4755 /host/tmp/rootsh";
  await host.job("open", "--privileged --volume /:/host", script);
  const owner = (await host.root("stat -c %U /tmp/rootsh; rm -f /tmp/rootsh")).stdout.trim();
  expect(owner).toBe("buildx-open");
});

describe("the other level", () => {
  const pairs: [TrustLevel, TrustLevel][] = [
    ["open", "protected"],
    ["protected", "open"],
  ];
  it.each(pairs)("%s reaches neither daemon, builder, cache nor images of %s", async (own, other) => {
    const directory = `/var/lib/buildx/${other}`;
    for (const [options, script] of [
      [`--volume ${directory}/docker.sock:/s`, "docker -H unix:///s version --format {{.Server.Version}}"],
      [
        "--privileged --pid=host --volume /var/lib/buildx:/b",
        `docker -H unix:///b/${other}/docker.sock images; ls -A /b/${other} /b/${other}/home/docker`,
      ],
      [
        "--privileged --pid=host --volume /run/user:/u",
        "for s in /u/*/docker.sock; do docker -H unix://$s ps --filter name=never; done; ls /u",
      ],
    ] as const) {
      const { stdout } = await host.job(own, options, script);
      expect(stdout.split("\n").filter((line) => /^(\d+\.|REPOSITORY|home|docker)/.test(line))).toEqual([]);
    }
  });

  it("has a builder of its own, which the other cannot end", async () => {
    await host.job(
      "open",
      "",
      "docker rm -f buildx_buildkit_buildx-runners0; docker ps -aq | xargs -r docker rm -f",
    );
    const builder =
      "docker -H unix:///var/lib/buildx/protected/docker.sock inspect -f {{.State.Running}} buildx_buildkit_buildx-runners0";
    expect((await host.root(builder)).stdout.trim()).toBe("true");
    await host.root("systemctl start buildx-builder@open.service");
    expect((await doctor(host)).failed).toEqual([]);
  });
});

describe("the cloud's metadata service", () => {
  const ADDRESS = "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token";
  const IDENTITY = "the-machines-own-identity";

  it("answers the host itself", async () => {
    const answer = await host.root(`curl -s -m 5 -H 'Metadata-Flavor: Google' ${ADDRESS}`);
    expect(answer.stdout).toContain(IDENTITY);
  });

  it.each([
    ["a job", "", ""],
    ["a job with the daemon's network", "--network host", ""],
    ["a privileged job", "--privileged --pid=host --network host", ""],
  ])("does not answer %s", async (_what, options) => {
    const { text } = await host.job(
      "open",
      options,
      `wget -T 5 -qO- --header 'Metadata-Flavor: Google' ${ADDRESS}; echo "exit $?"`,
    );
    expect(text).not.toContain(IDENTITY);
    expect(text).toMatch(/exit [1-9]/);
  });

  it("does not answer a build", async () => {
    const dockerfile = `FROM ${JOB_IMAGE}\nRUN wget -T 5 -qO- --header 'Metadata-Flavor: Google' ${ADDRESS} || echo kept out\n`;
    const build =
      "cd / && runuser -u buildx-open -- env HOME=/var/lib/buildx/open/home docker -H unix:///var/lib/buildx/open/docker.sock buildx build --builder buildx-runners --progress plain --output type=cacheonly -";
    const { text } = await host.root(build, dockerfile);
    expect(text).not.toContain(IDENTITY);
    expect(text).toContain("kept out");
  });

  it("does not answer a process on the host with the account's own or subordinate ids", async () => {
    const first = (await host.root("awk -F: '/^buildx-open:/ { print $2 }' /etc/subuid")).stdout.trim();
    for (const uid of ["$(id -u buildx-open)", first, `$((${first} + 65535))`]) {
      const { text } = await host.root(
        `setpriv --reuid ${uid} --clear-groups curl -s -m 5 -H 'Metadata-Flavor: Google' ${ADDRESS}; echo "exit $?"`,
      );
      expect(text).not.toContain(IDENTITY);
      expect(text).toMatch(/exit [1-9]/);
    }
  });
});

describe("registration", () => {
  const entries = () => host.settings().runners.map(({ name }) => ({ name, token: tokenOf(name) }));
  const register = (input: string, argument = "") =>
    host.machine.ssh(`sudo -n /usr/local/lib/buildx-runners/register.sh ${argument}`, { input });

  it("changes nothing when the tokens are those of last time", async () => {
    expect((await register(registrationInput(entries()))).stdout).toContain("registered, nothing changed");
  });

  it("keeps a token that the manager renewed, and takes a new one that is given", async () => {
    const file = "/etc/gitlab-runner/open/config.toml";
    const renewed = "glrt-RENEWEDbyTheManager";
    const edit = `s/^token = "${tokenOf("dev/linux/open/socket")}"/  token = "${renewed}"\\n  token_expires_at = 2030-01-01T00:00:00Z/`;
    // By a file: the journal keeps the arguments of whoever speaks to it.
    const byFile = `cat >/tmp/edit.sed && runuser -u gitlab-runner -- sed -i -f /tmp/edit.sed ${file}; rm /tmp/edit.sed`;
    await host.root(byFile, `${edit}\n`);
    expect((await host.root(`grep -c ${renewed} ${file}`)).stdout.trim()).toBe("1");
    await host.setUp({ concurrency: 7 });
    expect((await register(registrationInput(entries()))).stdout).toMatch(/registered, \d+ changes/);
    const text = (await host.root(`cat ${file}`)).stdout;
    expect(text).toContain("concurrent = 7");
    expect(text).toContain(`token = "${renewed}"\ntoken_expires_at = 2030-01-01T00:00:00Z`);
    const other = entries().map((entry) => ({ ...entry, token: `${entry.token}2` }));
    await register(registrationInput(other));
    const after = (await host.root(`cat ${file}`)).stdout;
    expect(after).not.toContain(renewed);
    expect(after).toContain(`${tokenOf("dev/linux/open/socket")}2`);
  });

  it("keeps the file for the manager alone, and the token out of every other place", async () => {
    expect(
      (await host.root("stat -c '%a %U' /etc/gitlab-runner/open /etc/gitlab-runner/open/config.toml")).stdout,
    ).toBe("700 gitlab-runner\n600 gitlab-runner");
    const places = "/var/lib/buildx-runners /var/log/*.log /usr/local/lib /tmp /var/tmp /run /root /home";
    const filesWithToken = `find ${places} -xdev -type f -exec grep -la ${SECRET} {} + 2>/dev/null`;
    expect((await host.root(filesWithToken)).stdout).toBe("");
    expect(
      (await host.root(`journalctl --no-pager --all --output export | grep --text ${SECRET}`)).stdout,
    ).toBe("");
    expect((await host.root("ls /etc/gitlab-runner/open")).stdout.trim()).toBe("config.toml");
  });

  it.each([
    ["a token that is no token", 'dev/linux/open/socket\tglrt-"\n', /does not look like a runner token/],
    ["a runner this host does not have", "other\tglrt-12345678\n", /no runner called 'other'/],
    ["a missing token", "dev/linux/open/socket\tglrt-12345678\n", /no token was given for/],
    ["a line without a token", "dev/linux/open/socket\n", /name<TAB>token/],
  ])("refuses %s and changes nothing", async (_what, input, message) => {
    const before = (await host.root(`sha256sum ${TOKEN_FILES}`)).stdout;
    const { exitCode, stderr } = await register(input);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(message);
    expect((await host.root(`sha256sum ${TOKEN_FILES}`)).stdout).toBe(before);
  });

  it("forgets the tokens with --remove, and has nothing to do the second time", async () => {
    expect((await register("", "--remove")).stdout).toContain("level open is no longer registered");
    expect((await register("", "--remove")).stdout).toContain("nothing was registered");
    expect((await host.root("ls -A /etc/gitlab-runner; pgrep -u gitlab-runner")).stdout).toBe("");
  });
});
