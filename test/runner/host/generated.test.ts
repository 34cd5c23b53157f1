import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { configToml } from "../../../runner/host/config-toml.ts";
import { buildkitdToml, daemonJson } from "../../../runner/host/daemon-settings.ts";
import { registrationInput } from "../../../runner/host/registration.ts";
import { CERTIFICATE, exampleSettings } from "./settings.ts";

type Table = Record<string, unknown>;
const runnersOf = (text: string) => (parse(text) as { runners: (Table & { docker: Table })[] }).runners;

describe("config.toml", () => {
  it("holds the manager's own settings", () => {
    expect(parse(configToml(exampleSettings(), "open"))).toMatchObject({
      concurrent: 4,
      check_interval: 3,
      listen_address: "127.0.0.1:9252",
    });
    expect(parse(configToml(exampleSettings(), "protected"))).toMatchObject({
      listen_address: "127.0.0.1:9253",
    });
  });

  it("gives the socket to one class only, and privileges to none", () => {
    const runners = runnersOf(configToml(exampleSettings(), "open"));
    expect(runners.map((runner) => [runner.name, runner.token, runner.docker.volumes])).toEqual([
      ["dev/linux/open/socket", "@socket@", ["/var/lib/buildx/open/docker.sock:/var/run/docker.sock"]],
      ["dev/linux/open/plain", "@plain@", []],
    ]);
    for (const runner of runners) {
      expect(runner).toMatchObject({
        url: "https://gitlab.example.com",
        executor: "docker",
        feature_flags: { FF_NETWORK_PER_BUILD: true, FF_GIT_URLS_WITHOUT_TOKENS: true },
        docker: {
          host: "unix:///var/lib/buildx/open/docker.sock",
          privileged: false,
          services_privileged: false,
          disable_cache: true,
          image: "docker:28.3.3-cli",
        },
      });
    }
  });

  it("keeps the levels apart", () => {
    const text = configToml(exampleSettings(), "protected");
    expect(text).not.toContain("/open/");
    expect(runnersOf(text).map((runner) => runner.docker.host)).toEqual([
      "unix:///var/lib/buildx/protected/docker.sock",
      "unix:///var/lib/buildx/protected/docker.sock",
    ]);
  });

  it("puts each token's mark on a line of its own, where register.sh looks for it", () => {
    const marks = configToml(exampleSettings(), "open")
      .split("\n")
      .filter((line) => /^token = "@(socket|plain)@"$/.test(line));
    expect(marks).toHaveLength(2);
  });

  it("hands extra certificates and the proxy to jobs", () => {
    const settings = exampleSettings({
      caCertificates: [CERTIFICATE],
      proxy: { https: "http://proxy:3129", noProxy: ["example.com"] },
    });
    const [runner] = runnersOf(configToml(settings, "open"));
    const bundle = "/etc/ssl/certs/ca-certificates.crt";
    expect(runner?.["tls-ca-file"]).toBe(bundle);
    expect(runner?.docker.volumes).toContain(`${bundle}:${bundle}:ro`);
    expect(runner?.environment).toEqual([
      "HTTPS_PROXY=http://proxy:3129",
      "NO_PROXY=localhost,127.0.0.1,::1,example.com",
      "https_proxy=http://proxy:3129",
      "no_proxy=localhost,127.0.0.1,::1,example.com",
    ]);
  });

  it("has the shell executor work in the level's own directory", () => {
    const [runner] = runnersOf(configToml(exampleSettings({ executor: "shell" }), "open"));
    expect(runner).toMatchObject({
      executor: "shell",
      builds_dir: "/var/lib/buildx/open/home/builds",
      environment: ["DOCKER_HOST=unix:///var/lib/buildx/open/docker.sock"],
    });
    expect(runner?.docker).toBeUndefined();
  });

  it("reads back as written, whatever the texts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (jobImage, stack) => {
        const [runner] = runnersOf(configToml(exampleSettings({ jobImage, stack }), "open"));
        expect(runner?.docker.image).toBe(jobImage);
        expect(runner?.token).toBe("@socket@");
      }),
    );
  });
});

describe("buildkitd.toml", () => {
  it("bounds the cache in BuildKit's present words", () => {
    const text = buildkitdToml(exampleSettings());
    expect(text).not.toContain("keepBytes");
    expect(parse(text)).toMatchObject({
      worker: {
        oci: {
          gc: true,
          "max-parallelism": 4,
          gcpolicy: [
            { keepDuration: "48h" },
            { all: true, reservedSpace: "5GB", maxUsedSpace: "20GB", minFreeSpace: "10%" },
          ],
        },
      },
    });
  });

  it("names mirrors without their scheme, and says which speak plain HTTP", () => {
    const registryMirrors = {
      "docker.io": ["https://mirror.example.com/hub/"],
      "quay.io": ["http://10.0.0.9:5000"],
    };
    expect(parse(buildkitdToml(exampleSettings({ registryMirrors }))).registry).toEqual({
      "docker.io": { mirrors: ["mirror.example.com/hub"] },
      "quay.io": { mirrors: ["10.0.0.9:5000"] },
      "10.0.0.9:5000": { http: true },
    });
  });
});

describe("daemon.json", () => {
  it("rotates logs, and knows mirrors and proxy", () => {
    const settings = exampleSettings({
      registryMirrors: {
        "docker.io": ["https://mirror.example.com"],
        "quay.io": ["https://other.example.com"],
      },
      proxy: { http: "http://proxy:3128", noProxy: [] },
    });
    expect(JSON.parse(daemonJson(settings))).toMatchObject({
      "log-opts": { "max-file": "3", "max-size": "10m" },
      "registry-mirrors": ["https://mirror.example.com"],
      proxies: { "http-proxy": "http://proxy:3128", "no-proxy": "localhost,127.0.0.1,::1" },
    });
    expect(daemonJson(exampleSettings())).not.toContain("registry-mirrors");
  });
});

describe("registrationInput", () => {
  it("is a line for each runner", () => {
    expect(
      registrationInput([
        { name: "a/b", token: "glrt-1" },
        { name: "c", token: "glrt-2" },
      ]),
    ).toBe("a/b\tglrt-1\nc\tglrt-2\n");
  });

  it("refuses what would break a line, and does not repeat the token", () => {
    for (const token of ["", "secret\nother\tline", "secret\tx", "secret\r"]) {
      expect(() => registrationInput([{ name: "a", token }])).toThrow(/token of runner "a"/);
      expect(() => registrationInput([{ name: "a", token }])).not.toThrow(/secret/);
    }
    expect(() => registrationInput([{ name: "a\tb", token: "glrt-1" }])).toThrow(/runner's name/);
  });
});
