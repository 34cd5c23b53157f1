/** Runner records in GitLab: one for each trust level and class of a fleet, shared by all of its hosts. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { FleetConfig } from "../config.ts";
import { registrationInput } from "./host/registration.ts";
import type { RunnerEntry } from "./host/settings.ts";
import { CLASSES, runnerTags } from "./levels.ts";
import type { Owner } from "./owner.ts";

/** A record with the token that GitLab shows once, at its creation. */
export interface RegisteredRunner {
  readonly entry: RunnerEntry;
  readonly record: gitlab.UserRunner;
}

/**
 * @param name prefix of the resources' names.
 * @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export function registerRunners(
  name: string,
  fleet: FleetConfig,
  owner: Owner,
  entries: readonly RunnerEntry[],
  options: pulumi.CustomResourceOptions,
): RegisteredRunner[] {
  return entries.map((entry) => ({
    entry,
    record: new gitlab.UserRunner(
      fleet.gcpAutoscaler ? `${name}-${entry.level}` : `${name}-${entry.level}-${entry.class}`,
      {
        ...owner,
        description: entry.name,
        tagLists: tagsOf(fleet, entry),
        untagged: false,
        accessLevel: entry.level === "protected" ? "ref_protected" : "not_protected",
        locked: fleet.locked,
        maximumTimeout: fleet.jobTimeout,
        maintenanceNote: "Managed by buildx-runners: change the stack's configuration, not this page.",
      },
      options,
    ),
  }));
}

/** Where each job has a machine of its own, one record serves the jobs of every class. */
const tagsOf = (fleet: FleetConfig, entry: RunnerEntry): string[] =>
  (fleet.gcpAutoscaler ? CLASSES : [entry.class]).flatMap((runnerClass) =>
    runnerTags(fleet.tags, fleet.refs === "separated" ? entry.level : undefined, runnerClass),
  );

/**
 * The token that GitLab gave for a record. One that was imported has none.
 *
 * @throws {pulumi.ResourceError} at the record, where there is nothing that can be a token.
 * @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export function checkToken(
  { entry, record }: RegisteredRunner,
  token: string | undefined,
  urn: string,
): string {
  // What cannot stand in a line of register.sh's input.
  if (token !== undefined && /^\S+$/.test(token)) return token;
  throw new pulumi.ResourceError(
    `there is no token of runner ${entry.name}: GitLab shows it only once, when the record is created. Create the record again: pulumi up --replace '${urn}'`,
    record,
    true,
  );
}

const tokenOf = (runner: RegisteredRunner): pulumi.Output<string> =>
  pulumi
    .all([runner.record.token, runner.record.urn])
    .apply(([token, urn]) => checkToken(runner, token, urn));

/** Tokens by the name of the runner's entry: secret. */
export const tokensOf = (
  runners: readonly RegisteredRunner[],
): pulumi.Output<Readonly<Record<string, string>>> =>
  pulumi.secret(
    pulumi.all(Object.fromEntries(runners.map((runner) => [runner.entry.name, tokenOf(runner)] as const))),
  );

/** What register.sh reads, with all tokens in it: secret. */
export const registrationOf = (runners: readonly RegisteredRunner[]): pulumi.Output<string> =>
  pulumi
    .secret(pulumi.all(runners.map((runner) => ({ name: runner.entry.name, token: tokenOf(runner) }))))
    .apply(registrationInput);
