import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCHEMA_FILE, schemaText } from "../../config/json-schema.ts";
import { ConfigError, configFromStackFile, gitlabUrlOf, Secret } from "../../config.ts";
import { sshHosts } from "../../runner/fleets/kinds.ts";
import { anyConfig, hostileText, parsed, problems, seedValues } from "../configs.ts";
import { puttyKey } from "../ssh-cases.ts";
import { newKey } from "../sshd.ts";

const stackFile = (config: unknown): string => JSON.stringify({ config });

describe("defaults", () => {
  it("make the seed's case complete, on the safe side", () => {
    const { fleets, projects } = parsed(seedValues());
    expect(fleets[0]).toMatchObject({ refs: "separated", locked: true, executor: "docker", concurrency: 4 });
    expect(projects[0]).toMatchObject({ adopt: false, include: false, registry: "gitlab" });
  });
});

/** Each case changes one thing of the seed's configuration. */
const mistakes: readonly [string, (values: ReturnType<typeof seedValues>) => unknown, RegExp][] = [
  [
    "unknown key",
    (v) => Object.assign(v.fleets[0] ?? {}, { concurency: 2 }),
    /fleets\[0\]\.concurency: unknown key; did you mean 'concurrency'\?/,
  ],
  [
    "unknown top-level key",
    (v) => Object.assign(v, { project: [] }),
    /buildx-runners:project: unknown key; did you mean 'projects'\?/,
  ],
  [
    "wrong type",
    (v) => Object.assign(v.fleets[0] ?? {}, { concurrency: "four" }),
    /fleets\[0\]\.concurrency: "four" is not allowed here; allowed: a number/,
  ],
  [
    "value out of range",
    (v) => Object.assign(v.fleets[0] ?? {}, { concurrency: 0 }),
    /concurrency: 0 is not allowed here; allowed: 1 or more/,
  ],
  [
    "wrong choice",
    (v) => Object.assign(v.fleets[0] ?? {}, { refs: "all" }),
    /refs: "all" is not allowed here; allowed: one of any, protected, separated/,
  ],
  [
    "image name outside the OCI grammar",
    (v) => Object.assign(v.projects[0]?.images[0] ?? {}, { name: "App" }),
    /images\[0\]\.name: "App" is not allowed here; allowed: a component of an OCI/,
  ],
  [
    "path that leaves the repository",
    (v) => Object.assign(v.projects[0]?.images[0] ?? {}, { context: "a/../../b" }),
    /images\[0\]\.context: .*inside the repository/,
  ],
  [
    "Git's own directory",
    (v) => Object.assign(v.projects[0]?.images[0] ?? {}, { context: "x/../.git" }),
    /images\[0\]\.context: .*outside \.git/,
  ],
  [
    "image without a tag",
    (v) => Object.assign(v.projects[0]?.images[1]?.validate ?? {}, { service: "postgis/postgis" }),
    /validate\.service: .*a tag or a digest/,
  ],
  [
    "Docker-in-Docker",
    (v) => Object.assign(v.projects[0]?.images[1]?.validate ?? {}, { service: "docker:28-dind" }),
    /validate\.service: .*Docker-in-Docker/,
  ],
  [
    "fleet that does not exist",
    (v) => Object.assign(v.projects[0] ?? {}, { fleet: "linx" }),
    /projects\[0\]\.fleet: "linx" is not allowed here; allowed: the name of a fleet: linux/,
  ],
  [
    "scope that does not cover the project",
    (v) => Object.assign(v.fleets[0] ?? {}, { scope: { group: "other" } }),
    /projects\[0\]\.fleet: .*whose scope covers acme\/shop/,
  ],
  [
    "duplicate fleet",
    (v) =>
      v.fleets.push(
        ...seedValues().fleets.map((fleet) => ({
          ...fleet,
          hosts: fleet.hosts.map((host) => ({ ...host, address: "10.0.0.6" })),
        })),
      ),
    /fleets\[1\]\.name: .*fleets\[0\] has the same one/,
  ],
  [
    "duplicate project",
    (v) => v.projects.push(...seedValues().projects),
    /projects\[1\]\.path: .*projects\[0\] is the same one/,
  ],
  [
    "duplicate image",
    (v) => v.projects[0]?.images.push({ name: "app" }),
    /images\[2\]\.name: .*images\[0\] has the same one/,
  ],
  [
    "one machine in two places",
    (v) => v.fleets[0]?.hosts.push(...(seedValues().fleets[0]?.hosts ?? [])),
    /hosts\[1\]\.address: .*fleets\[0\]\.hosts\[0\] is the same one/,
  ],
  [
    "no host key",
    (v) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { hostKey: undefined }),
    /hosts\[0\]\.hostKey: missing; needed/,
  ],
  [
    "host key that is none",
    (v) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { hostKey: "ssh-ed25519 AAAA" }),
    /hosts\[0\]\.hostKey: .*can be decoded/,
  ],
  [
    "host key of RSA",
    (v) =>
      Object.assign(v.fleets[0]?.hosts[0] ?? {}, { hostKey: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQU=" }),
    /hosts\[0\]\.hostKey: .*ssh_host_ed25519_key\.pub or ssh_host_ecdsa_key\.pub.*ssh-keyscan -t ed25519,ecdsa/,
  ],
  [
    "private key of PuTTY",
    (v) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { privateKey: puttyKey(newKey().private) }),
    /hosts\[0\]\.privateKey: \[secret\] is not allowed.*PuTTY.*puttygen/,
  ],
  [
    "public half in the place of the private key",
    (v) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { privateKey: `${newKey().public} a@b` }),
    /hosts\[0\]\.privateKey: .*this is the public half/,
  ],
  [
    "private key's file in the place of the key",
    (v) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { privateKey: "~/.ssh/id_ed25519" }),
    /hosts\[0\]\.privateKey: .*this is the name of a file/,
  ],
  [
    "encrypted private key without its passphrase",
    (v) =>
      Object.assign(v.fleets[0]?.hosts[0] ?? {}, { privateKey: newKey("ed25519", "-N", "secret").private }),
    /hosts\[0\]\.privateKey: .*its passphrase as the secret privateKeyPassword/,
  ],
  [
    "private key of a bastion on one line",
    (v) => {
      const [host] = v.fleets[0]?.hosts ?? [];
      const privateKey = newKey().private.replaceAll("\n", " ");
      Object.assign(host ?? {}, { bastion: { ...host, address: "bastion", privateKey } });
    },
    /hosts\[0\]\.bastion\.privateKey: .*with its line ends/,
  ],
  [
    "passphrase of a key that is not encrypted",
    (v) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { privateKeyPassword: "secret" }),
    /hosts\[0\]\.privateKey: .*no privateKeyPassword/,
  ],
  [
    "adopt and include at once",
    (v) => Object.assign(v.projects[0] ?? {}, { adopt: true, include: true }),
    /projects\[0\]\.adopt: .*either adopt or include/,
  ],
  [
    "validation without services",
    (v) => {
      Object.assign(v.fleets[0] ?? {}, { executor: "shell" });
      Object.assign(v.projects[0] ?? {}, { gates: { hadolint: false, gitleaks: false, trivy: false } });
    },
    /images\[1\]\.validate: .*executor: docker/,
  ],
  [
    "password that GitLab cannot mask",
    (v) =>
      Object.assign(v.projects[0] ?? {}, {
        registry: { image: "r.example.com/a/b", user: "ci", password: "two words" },
      }),
    /registry\.password: \[secret\] is not allowed here; allowed: a secret that GitLab can mask/,
  ],
  [
    "review that fails on what nothing looks for",
    (v) =>
      Object.assign(v.projects[0] ?? {}, { review: { fail: ["vulnerabilities"] }, gates: { trivy: false } }),
    /projects\[0\]\.review\.fail: .*gates\.trivy is false/,
  ],
  [
    "runner without a checksum",
    (v) => Object.assign(v.fleets[0] ?? {}, { gitlabRunner: { version: "v18.5.0", sha256: {} } }),
    /gitlabRunner\.sha256: .*checksum/,
  ],
  [
    "no fleet at all",
    (v) => Object.assign(v, { fleets: [], projects: [] }),
    /buildx-runners:fleets: .*1 entry or more/,
  ],
];

describe("a mistake", () => {
  it.each(mistakes)("%s is one clear message", (_, change, message) => {
    const values = seedValues();
    change(values);
    const found = problems(values);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it("hides no other", () => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, { concurency: 2, refs: "all" });
    Object.assign(values.projects[0] ?? {}, { fleet: "linx" });
    Object.assign(values.projects[0]?.images[0] ?? {}, { name: "App" });
    expect(
      problems(values)
        .map((problem) => problem.split(":")[1])
        .sort(),
    ).toEqual(["fleets[0].concurency", "fleets[0].refs", "projects[0].fleet", "projects[0].images[0].name"]);
  });
});

it("an encrypted private key is accepted with its passphrase", () => {
  const values = seedValues();
  const key = { privateKey: newKey("ed25519", "-N", "secret").private, privateKeyPassword: "secret" };
  Object.assign(values.fleets[0]?.hosts[0] ?? {}, key);
  const [host] = parsed(values).fleets.flatMap(sshHosts);
  expect(host?.privateKeyPassword?.reveal()).toBe("secret");
});

describe("hostile text", () => {
  const fields: readonly [string, (values: ReturnType<typeof seedValues>, text: string) => void][] = [
    ["fleet name", (v, text) => Object.assign(v.fleets[0] ?? {}, { name: text })],
    ["tag", (v, text) => Object.assign(v.fleets[0] ?? {}, { tags: [text] })],
    ["scope", (v, text) => Object.assign(v.fleets[0] ?? {}, { scope: { project: text } })],
    ["job image", (v, text) => Object.assign(v.fleets[0] ?? {}, { jobImage: text })],
    ["data directory", (v, text) => Object.assign(v.fleets[0] ?? {}, { dataDirectory: text })],
    ["mirror", (v, text) => Object.assign(v.fleets[0] ?? {}, { registryMirrors: { "docker.io": [text] } })],
    ["certificate", (v, text) => Object.assign(v.fleets[0] ?? {}, { caCertificates: [text] })],
    ["proxy", (v, text) => Object.assign(v.fleets[0] ?? {}, { proxy: { http: text } })],
    [
      "no proxy",
      (v, text) => Object.assign(v.fleets[0] ?? {}, { proxy: { http: "http://p", noProxy: [`${text} `] } }),
    ],
    ["address", (v, text) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { address: text })],
    ["user", (v, text) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { user: text })],
    ["host key", (v, text) => Object.assign(v.fleets[0]?.hosts[0] ?? {}, { hostKey: text })],
    ["project", (v, text) => Object.assign(v.projects[0] ?? {}, { path: text })],
    ["branch", (v, text) => Object.assign(v.projects[0] ?? {}, { branch: text })],
    ["image", (v, text) => Object.assign(v.projects[0]?.images[0] ?? {}, { name: text })],
    ["context", (v, text) => Object.assign(v.projects[0]?.images[0] ?? {}, { context: text })],
    ["dockerfile", (v, text) => Object.assign(v.projects[0]?.images[0] ?? {}, { dockerfile: text })],
    ["target", (v, text) => Object.assign(v.projects[0]?.images[0] ?? {}, { target: text })],
    ["service", (v, text) => Object.assign(v.projects[0]?.images[1]?.validate ?? {}, { service: text })],
    [
      "registry",
      (v, text) =>
        Object.assign(v.projects[0] ?? {}, {
          registry: { image: text, user: "ci", password: "correct-horse" },
        }),
    ],
  ];

  it.each(fields)("is refused as a %s", (_, set) => {
    const meaningful = hostileText.filter((text) => /[$`'"\\;&|<>(){}*?#!\s]/.test(text));
    fc.assert(
      fc.property(meaningful, (text) => {
        const values = seedValues();
        set(values, text);
        expect(problems(values)).not.toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("is accepted in a command or a variable's value", () => {
    fc.assert(
      fc.property(anyConfig, (values) => {
        expect(problems(values)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("secrets", () => {
  it("never show", () => {
    const secret = new Secret("hunter2");
    expect([`${secret}`, JSON.stringify({ secret }), inspect({ secret })].join()).not.toContain("hunter2");
    expect(secret.reveal()).toBe("hunter2");
  });

  it("in plain text in a stack file are an error that does not repeat them", () => {
    const values = seedValues();
    const text = stackFile({
      "gitlab:token": "glpat-plain-token",
      "buildx-runners:fleets": values.fleets,
      "buildx-runners:projects": values.projects,
    });
    expect(() => configFromStackFile(text, "dev", "Pulumi.dev.yaml")).toThrow(ConfigError);
    try {
      configFromStackFile(text, "dev", "Pulumi.dev.yaml");
    } catch (error) {
      expect(String(error)).toContain("buildx-runners:fleets[0].hosts[0].privateKey: a secret in plain text");
      expect(String(error)).toContain("pulumi config set --secret --path 'fleets[0].hosts[0].privateKey'");
      expect(String(error)).toContain("gitlab:token: a secret in plain text");
      expect(String(error)).not.toContain("MC4CAQAwBQYDK2Vw");
      expect(String(error)).not.toContain("glpat-plain-token");
    }
  });

  it("that are encrypted become placeholders without an engine", () => {
    const values = seedValues();
    Object.assign(values.fleets[0]?.hosts[0] ?? {}, { privateKey: { secure: "v1:abc" } });
    const config = configFromStackFile(
      stackFile({ "buildx-runners:fleets": values.fleets }),
      "dev",
      "Pulumi.dev.yaml",
    );
    const [host] = config.fleets.flatMap(sshHosts);
    expect(host?.privateKey?.reveal()).toBe("[secret]");
  });
});

describe("the schema for editors", () => {
  it("is current", () => {
    expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(schemaText());
  });
});

describe("GitLab's address", () => {
  it.each([
    [undefined, "https://gitlab.com"],
    ["https://gitlab.example.com/api/v4/", "https://gitlab.example.com"],
    ["https://example.com/gitlab/api/v4", "https://example.com/gitlab"],
  ])("of %s is %s", (baseUrl, expected) => {
    expect(gitlabUrlOf(baseUrl)).toBe(expected);
  });
});
