/** Six projects as people have them. What is committed to each is held, whole, in the files beside this one. */

/** A public key of nobody's. */
const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjQdoB08/4ihf7XfFi4YRtrKVXMT3
I2GMBm4ng673IqQIisbuLPuP6RrTKGSWf9FsqaHmJusVI60FV2UPsbm2CA==
-----END PUBLIC KEY-----
`;

const dbInit = {
  name: "db-init",
  context: "db",
  validate: { service: "postgis/postgis:15-3.3", command: "python init_db.py" },
};

/** Keys of `projects[]`, by the name of the files. */
export const projects: Readonly<Record<string, Record<string, unknown>>> = {
  "app-and-db-init": { images: [{ name: "app" }, dbInit] },

  "one-image": { images: [{ name: "app" }] },

  "three-way-matrix": {
    images: [{ name: "python", matrix: { PYTHON_VERSION: ["3.11", "3.12", "3.13"] } }],
  },

  monorepo: {
    images: Array.from({ length: 10 }, (_, index) => ({
      name: `service-${index}`,
      context: `services/service-${index}`,
      contexts: { common: "libs/common" },
    })),
    gates: { test: { image: "node:24.4.1-slim", command: "npm ci && npm test", junit: ["junit.xml"] } },
  },

  "releases-by-tag": {
    registry: { image: "registry.example.com/acme/shop", user: "ci", password: "correct-horse" },
    images: [{ name: "cli", platforms: ["linux/amd64", "linux/arm64"] }],
    gates: { commitlint: true },
    signing: { keyless: {} },
    protection: { tags: ["v*"] },
  },

  "everything-on": {
    registry: {
      artifactRegistry: {
        image: "europe-west1-docker.pkg.dev/acme/shop",
        workloadIdentityProvider:
          "projects/123456789/locations/global/workloadIdentityPools/gitlab/providers/gitlab",
      },
    },
    mirrors: ["gitlab"],
    dockerAuth: [{ registry: "registry.example.com", user: "puller", password: "correct-horse" }],
    images: [
      {
        name: "app",
        target: "runtime",
        buildArgs: { GREETING: "hello" },
        secrets: { pip: "PIP_TOKEN" },
        ssh: "DEPLOY_KEY",
        labels: { "com.example.team": "shop" },
      },
      { ...dbInit, validate: { ...dbInit.validate, in: "job", directory: "/srv", ready: "python -m wait" } },
      { name: "python", context: "python", matrix: { PYTHON_VERSION: ["3.12", "3.13"], BASE: ["slim"] } },
    ],
    gates: {
      hadolint: { threshold: "warning", ignore: ["DL3008"] },
      commitlint: true,
      test: {
        image: "python:3.13-slim",
        command: "pytest --junitxml=junit.xml",
        services: [{ image: "redis:8.2", alias: "redis" }],
        junit: ["junit.xml"],
        coverage: { pattern: "/^TOTAL.*?(\\d+)%$/" },
      },
      trivy: { severity: ["CRITICAL"], ignoreUnfixed: false },
    },
    signing: {
      kms: "gcpkms://projects/acme/locations/europe/keyRings/ci/cryptoKeys/images",
      publicKey: PUBLIC_KEY,
    },
    backup: {
      bucket: "gs://acme-backups/shop",
      accessKeyId: "GOOG1EXAMPLEKEYID",
      secretAccessKey: "correct-horse-battery",
    },
    refresh: {},
    review: { fail: ["user", "attestations"] },
    tools: { mirror: "registry.example.com/mirror" },
    hooks: { beforeBuild: ["make generate"], variables: { MODE: "fast" } },
    extraJobs: "ci/jobs.yml",
  },
};
