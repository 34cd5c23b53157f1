import { describe, expect, test } from "vitest";
import { type PipelineHost, parseRunnerConfig, runnersOf } from "../../../lab/pipeline/runners.ts";
import { configToml } from "../../../runner/host/config-toml.ts";
import type { HostSettings } from "../../../runner/host/settings.ts";
import { withDefaults } from "../../../runner/host/table.ts";

const entry = `
[[runners]]
name = "lab/linux/open/plain"
token = "glrt-never-looked-at"
environment = ["HTTPS_PROXY=http://proxy.example.com:3128/?a=b"]
[runners.docker]
host = "unix:///var/lib/buildx/open/docker.sock"
image = "docker:28.3.3-cli"
privileged = false
security_opt = ["no-new-privileges:true"]
volumes = ["/etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro"]
`;

describe("parseRunnerConfig", () => {
  test("takes what decides how a job runs, and no token", () => {
    const runners = parseRunnerConfig(entry, "config.toml");
    expect(runners).toEqual([
      {
        name: "lab/linux/open/plain",
        socket: "/var/lib/buildx/open/docker.sock",
        image: "docker:28.3.3-cli",
        volumes: ["/etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro"],
        securityOptions: ["no-new-privileges:true"],
        environment: { HTTPS_PROXY: "http://proxy.example.com:3128/?a=b" },
        urlsWithoutTokens: false,
      },
    ]);
    expect(JSON.stringify(runners)).not.toContain("glrt-");
  });

  test.each([
    ["a privileged runner", "privileged = false", "privileged = true", "privileged"],
    ["a daemon elsewhere", "unix:///var", "tcp://10.0.0.1:2375/var", "host"],
    ["a runner that says nothing of privileges", "privileged = false\n", "", "privileged"],
  ])("refuses %s", (_, from, to, named) => {
    expect(() => parseRunnerConfig(entry.replace(from, to), "/etc/x.toml")).toThrow(
      new RegExp(`^/etc/x.toml[^]*${named}`),
    );
  });

  test("reads what this product writes", () => {
    const settings: HostSettings = {
      role: "host",
      stack: "lab",
      fleet: "linux",
      levels: ["open"],
      runners: [
        { name: "lab/linux/open/socket", level: "open", class: "socket" },
        { name: "lab/linux/open/plain", level: "open", class: "plain" },
      ],
      gitlabUrl: "https://gitlab.example.com",
      ...withDefaults({ gitlabRunner: "none" }),
    };
    const [socket, plain] = parseRunnerConfig(configToml(settings, "open"), "config.toml");
    const mount = "/var/lib/buildx/open/docker.sock:/var/run/docker.sock";
    expect(socket?.volumes).toContain(mount);
    expect(plain?.volumes).not.toContain(mount);
  });
});

describe("runnersOf", () => {
  const answer = (stdout: string) => ({ stdout, stderr: "", exitCode: 0 });
  const host = (files: Readonly<Record<string, string>>): PipelineHost => ({
    rootDirectory: "/nowhere",
    exec: async (command) => {
      if (command.startsWith("ls ")) return answer(Object.keys(files).join("\n"));
      return answer(files[/'(.*)'/.exec(command)?.[1] ?? ""] ?? "");
    },
  });
  const files = { "/etc/gitlab-runner/open/config.toml": entry };

  test("joins the host's configuration with GitLab's record", async () => {
    const records = [
      { description: "lab/linux/open/plain", tag_list: ["buildx-open-plain"], access_level: "not_protected" },
    ] as const;
    expect(await runnersOf(host(files), records)).toMatchObject([
      { name: "lab/linux/open/plain", tags: ["buildx-open-plain"], refProtected: false },
    ]);
  });

  test("says which runner GitLab does not know", async () => {
    await expect(runnersOf(host(files), [])).rejects.toThrow(
      "no record of the host's runner lab/linux/open/plain",
    );
  });

  test("says that a host has none", async () => {
    await expect(runnersOf(host({}), [])).rejects.toThrow("has not been registered");
  });
});
