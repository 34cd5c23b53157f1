/** Which jobs each project has on which occasion: held against an interpreter of the pipeline, and against what is drawn. */

/** On which the projects beside this file have pipelines. */
export const occasions = {
  branch: { on: "branch", name: "feature/x" },
  "default branch": { on: "default branch" },
  "merge request": { on: "merge request", source: "feature/x" },
  "fork's merge request": { on: "merge request", source: "feature/x", fork: true },
  tag: { on: "tag", name: "v1.2.3", protected: true },
  refresh: { on: "schedule", description: "refresh", variables: [{ key: "REFRESH", value: "true" }] },
  backup: { on: "schedule", description: "backup", variables: [{ key: "OPERATION", value: "backup" }] },
  review: { on: "schedule", description: "review", variables: [{ key: "OPERATION", value: "review" }] },
} as const;

/** Jobs by occasion. */
type Table = Readonly<Partial<Record<keyof typeof occasions, string>>>;

/** Jobs in the order of the file; a job's cells as one; `?` for what somebody starts by hand. */
export const expected: Readonly<Record<string, Table>> = {
  "app-and-db-init": {
    branch: "hadolint gitleaks docker-build trivy attestations promote",
    "default branch": "hadolint gitleaks docker-build trivy attestations promote rollback?",
    "merge request": "hadolint gitleaks docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks docker-build trivy attestations",
    tag: "hadolint gitleaks docker-build trivy attestations release",
    refresh: "hadolint gitleaks docker-build trivy attestations promote rollback?",
  },
  "one-image": {
    branch: "hadolint gitleaks docker-build trivy attestations promote",
    "default branch": "hadolint gitleaks docker-build trivy attestations promote rollback?",
    "merge request": "hadolint gitleaks docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks docker-build trivy attestations",
    tag: "hadolint gitleaks docker-build trivy attestations release",
    refresh: "hadolint gitleaks docker-build trivy attestations promote rollback?",
  },
  "three-way-matrix": {
    branch: "hadolint gitleaks build-python",
    "default branch": "hadolint gitleaks build-and-push-python trivy-python attestations promote rollback?",
    "merge request": "hadolint gitleaks build-python",
    "fork's merge request": "hadolint gitleaks build-python",
    tag: "hadolint gitleaks build-and-push-python trivy-python attestations release",
    refresh: "hadolint gitleaks build-and-push-python trivy-python attestations promote rollback?",
  },
  monorepo: {
    branch: "hadolint gitleaks test docker-build trivy attestations promote",
    "default branch": "hadolint gitleaks test docker-build trivy attestations promote rollback?",
    "merge request": "hadolint gitleaks test docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks test docker-build trivy attestations",
    tag: "hadolint gitleaks test docker-build trivy attestations release",
    refresh: "hadolint gitleaks test docker-build trivy attestations promote rollback?",
  },
  "releases-by-tag": {
    branch: "hadolint gitleaks docker-build trivy attestations promote",
    "default branch":
      "hadolint gitleaks docker-build trivy attestations sign promote rollback? rollback-tags",
    "merge request": "hadolint gitleaks commitlint docker-build trivy attestations promote",
    "fork's merge request": "hadolint gitleaks commitlint docker-build trivy attestations",
    tag: "hadolint gitleaks docker-build trivy attestations sign release",
    refresh: "hadolint gitleaks docker-build trivy attestations sign promote rollback? rollback-tags",
  },
  "everything-on": {
    branch:
      "smoke hadolint gitleaks test docker-build build-python validate-db-init trivy attestations promote",
    "default branch":
      "smoke hadolint gitleaks test docker-build build-and-push-python validate-db-init trivy trivy-python attestations sign promote rollback? rollback-tags",
    "merge request":
      "smoke hadolint gitleaks commitlint test docker-build build-python validate-db-init trivy attestations promote",
    "fork's merge request":
      "smoke hadolint gitleaks commitlint test docker-build build-python validate-db-init trivy attestations",
    tag: "smoke hadolint gitleaks test docker-build build-and-push-python validate-db-init trivy trivy-python attestations sign release",
    refresh:
      "smoke hadolint gitleaks test docker-build build-and-push-python validate-db-init trivy trivy-python attestations sign promote rollback? rollback-tags",
    backup: "smoke backup",
    review: "smoke review-trivy review",
  },
};
