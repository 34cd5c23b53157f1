/** Configurations that tests start from, and random ones within the grammar. */
import fc from "fast-check";
import type { ParsedConfig } from "../config/schema.ts";
import { parseConfig, type StackConfig } from "../config.ts";

/** A public key of the right shape. No host has it. */
export const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** A private key of the right shape, which opens nothing: all its bits are 0. */
const PRIVATE_KEY =
  "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n";

/** The seed's case, as the engine hands it out: secrets are decrypted. */
export const seedValues = () => ({
  fleets: [
    {
      name: "linux",
      scope: { project: "acme/shop" },
      tags: ["buildx"],
      gitlabRunner: "none",
      hosts: [{ address: "10.0.0.5", user: "admin", hostKey: HOST_KEY, privateKey: PRIVATE_KEY }],
    },
  ],
  projects: [
    {
      path: "acme/shop",
      fleet: "linux",
      images: [
        { name: "app" },
        {
          name: "db-init",
          context: "db",
          validate: { service: "postgis/postgis:15-3.3", command: "python init_db.py" },
        },
      ],
    },
  ],
});

/** {@link seedValues} with more keys of its project. */
export function seedWith(project: Readonly<Record<string, unknown>>) {
  const seed = seedValues();
  return { ...seed, projects: seed.projects.map((entry) => ({ ...entry, ...project })) };
}

export function parsed(values: Record<string, unknown>): ParsedConfig {
  const result = parseConfig(values);
  if ("problems" in result) throw new Error(result.problems.join("\n"));
  return result.config;
}

export function problems(values: Record<string, unknown>): string[] {
  const result = parseConfig(values);
  return "problems" in result ? result.problems : [];
}

export const seedConfig = (): StackConfig => ({
  ...parsed(seedValues()),
  stack: "dev",
  gitlabUrl: "https://gitlab.example.com",
});

/** Text that would do harm wherever it is not quoted. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    "$(touch /tmp/pwned)",
    "`id`",
    "'; rm -rf / #",
    '" && echo pwned',
    "${CI_JOB_TOKEN}",
    "a: b # c",
    "- !!js/function x",
    "%{ for x in y }",
    "EOF",
    "*",
    "~",
    "\\",
    "{{ .Env }}",
    "&anchor *alias",
    "null",
    "-n",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..."'\"`$\\{}()[]<>|&;#*?~! \t\n%:,-"), minLength: 1, maxLength: 20 }),
);

const lower = fc.string({
  unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789"),
  minLength: 1,
  maxLength: 8,
});
const name = fc.tuple(lower, lower).map(([a, b]) => `n${a}-${b}`);
const line = hostileText.filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));

const image = fc.record(
  {
    name: fc.oneof(
      name,
      fc.tuple(lower, lower).map(([a, b]) => `${a}.${b}`),
    ),
    context: fc.constantFrom(".", "db", "services/api", "a+b@c"),
    dockerfile: fc.constantFrom("Dockerfile", "docker/Dockerfile.prod"),
    target: fc.constantFrom("runtime", "release"),
    matrix: fc.constantFrom(
      { PYTHON_VERSION: ["3.11", "3.12"] },
      { PYTHON_VERSION: ["3.12", "3.13"], BASE: ["slim", "Alpine-3.20"] },
    ),
    buildArgs: fc.dictionary(fc.constantFrom("MODE", "X_1"), line, { maxKeys: 2 }),
    contexts: fc.constantFrom({}, { shared: "libs/shared", base: "docker-image://alpine:3.20" }),
    secrets: fc.constantFrom({}, { pip: "PIP_TOKEN" }),
    ssh: fc.constant("DEPLOY_KEY"),
    labels: fc.dictionary(fc.constantFrom("com.example.level", "x"), line, { maxKeys: 2 }),
    validate: fc.record(
      {
        service: fc.constantFrom(
          "postgis/postgis:15-3.3",
          "redis:8",
          `registry.example.com/x/y@sha256:${"a".repeat(64)}`,
        ),
        command: fc.oneof(line, fc.array(line, { minLength: 1, maxLength: 4 })),
        ready: line,
        variables: fc.dictionary(fc.constantFrom("POSTGRES_USER", "MODE", "X_1"), line, { maxKeys: 2 }),
        timeout: fc.integer({ min: 5, max: 3600 }),
      },
      { requiredKeys: ["service", "command"] },
    ),
  },
  { requiredKeys: ["name"] },
);

/** A public key for signatures; its private key does not exist any more. */
export const PUBLIC_KEY = [
  "-----BEGIN PUBLIC KEY-----",
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzX7gtkit8r2WzevRz7wy+ht5UTFx",
  "BhRkObbmhifvkrs20MJG8C+QCZzOyNCL0zIFiLf7Uf63NzUCAdoYPZwGRg==",
  "-----END PUBLIC KEY-----",
  "",
].join("\n");

const signing = fc.constantFrom<unknown>(
  false,
  { keyless: {} },
  {
    keyless: {
      instance: {
        fulcio: "https://fulcio.example.com",
        rekor: "https://rekor.example.com/x",
        trustedRoot:
          '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1","a":"$(id)\'`"}',
      },
    },
  },
  {
    key: "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
    password: "correct-horse",
    publicKey: PUBLIC_KEY,
  },
  { kms: "gcpkms://projects/p/locations/global/keyRings/r/cryptoKeys/k", publicKey: PUBLIC_KEY },
);

const reference = fc.constantFrom("redis:8", `registry.example.com:5000/x/y@sha256:${"a".repeat(64)}`);
const path = fc.constantFrom("junit.xml", "reports/a+b@c.xml");

const tests = fc.record(
  {
    image: reference,
    // A line is the shell's own to read; words are whatever they are.
    command: fc.oneof(
      fc.constantFrom("pytest", `npm ci && npm test -- "it's a: b # c"`),
      fc.array(line, { minLength: 1, maxLength: 4 }),
    ),
    before: fc.constantFrom(["npm ci"], ["apk add git", 'echo "- a: b"']),
    services: fc.constantFrom([{ image: "redis:8", alias: "cache", variables: { MODE: "it's: #1" } }]),
    variables: fc.dictionary(fc.constantFrom("MODE", "X_1"), line, { maxKeys: 2 }),
    junit: fc.array(path, { maxLength: 2 }),
    coverage: fc.record(
      {
        pattern: fc.constantFrom("/^TOTAL.*?(\\d+)%$/", "/: # (\\d+)/"),
        report: fc.record({ format: fc.constantFrom("cobertura", "jacoco"), path }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["image", "command"] },
);

const gates = fc.record(
  {
    hadolint: fc.oneof(
      fc.boolean(),
      fc.record({ threshold: fc.constantFrom("error", "style"), ignore: fc.constantFrom([], ["DL3008"]) }),
    ),
    gitleaks: fc.boolean(),
    commitlint: fc.oneof(fc.boolean(), fc.record({ config: path })),
    test: tests,
    trivy: fc.oneof(
      fc.boolean(),
      fc.record(
        {
          severity: fc.constantFrom(["CRITICAL"], ["UNKNOWN", "LOW"]),
          ignoreUnfixed: fc.boolean(),
          ignoreFile: fc.constantFrom("a+b@c.yaml"),
          database: reference,
        },
        { requiredKeys: [] },
      ),
    ),
    attestations: fc.oneof(fc.boolean(), fc.record({ sbom: fc.boolean() })),
  },
  { requiredKeys: [] },
);

const tools = fc.record(
  {
    mirror: fc.constantFrom("registry.example.com:5000/mirror"),
    images: fc.record({ hadolint: reference, docker: reference }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

/** Configurations that the grammar allows, with hostile text wherever it allows text. */
export const anyConfig = fc
  .record({
    refs: fc.constantFrom("any", "protected", "separated"),
    tags: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    include: fc.boolean(),
    gates,
    tools,
    extraJobs: fc.constantFrom(undefined, "ci/jobs.yml"),
    hooks: fc.record(
      {
        beforeBuild: fc.array(
          fc.constantFrom("make generate", 'echo "$TOKEN"', "if [ -f x ]; then ./x; fi"),
          {
            maxLength: 2,
          },
        ),
        variables: fc.dictionary(fc.constantFrom("MODE", "X_1"), line, { maxKeys: 2 }),
        rules: fc.constant({ promote: [{ if: "$CI_COMMIT_TITLE =~ /wip/", when: "never" }] }),
        tags: fc.constantFrom({ socket: ["big"] }, { plain: ["small"] }),
      },
      { requiredKeys: [] },
    ),
    registry: fc.constantFrom("gitlab", {
      image: "registry.example.com/acme/shop",
      user: "ci",
      password: "correct-horse",
    }),
    signing,
    rollback: fc.constantFrom<unknown>(true, false, { migrationLabel: "com.example.level" }),
    backup: fc.constantFrom<unknown>(
      undefined,
      { bucket: "s3://acme-backups/shop", accessKeyId: "AKIDEXAMPLE0", secretAccessKey: "correct-horse" },
      {
        bucket: "gs://acme-backups",
        endpoint: "https://storage.example.com",
        accessKeyId: "GOOG1EXAMPLE",
        secretAccessKey: "correct-horse",
        retentionDays: 0,
      },
    ),
    refresh: fc.constantFrom<unknown>(undefined, { cron: "5 4 * * sun" }),
    review: fc.constantFrom<unknown>(undefined, { fail: ["user", "base"] }),
    images: fc.uniqueArray(image, {
      minLength: 1,
      maxLength: 4,
      selector: ({ name }) => name.replaceAll(/[._]/g, "-"),
    }),
  })
  .map(({ refs, tags, ...project }) => {
    const values = seedValues();
    return {
      fleets: values.fleets.map((fleet) => ({ ...fleet, refs, tags })),
      projects: [{ path: "acme/shop", fleet: "linux", ...project }],
    };
  });
