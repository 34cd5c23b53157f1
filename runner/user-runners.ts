/** Runners in GitLab: the records of a fleet, and their tokens, which all of its managers share. */
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { registrationInput } from "./host/registration.ts";
import type { Owner } from "./owner.ts";
import type { RunnerRecord } from "./records.ts";

/** A record in GitLab, with the token that GitLab shows once, at its creation. */
export interface Runner {
  readonly record: RunnerRecord;
  readonly resource: gitlab.UserRunner;
}

/**
 * @param name prefix of the resources' names.
 * @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export const createRunners = (
  name: string,
  owner: Owner,
  records: readonly RunnerRecord[],
  options: pulumi.CustomResourceOptions,
): Runner[] =>
  records.map((record) => ({
    record,
    resource: new gitlab.UserRunner(
      `${name}-${record.part}`,
      {
        ...owner,
        description: record.name,
        tagLists: [...record.tags],
        untagged: false,
        accessLevel: record.accessLevel,
        locked: record.locked,
        maximumTimeout: record.maximumTimeout,
        maintenanceNote: "Managed by buildx-runners: change the stack's configuration, not this page.",
      },
      options,
    ),
  }));

/**
 * The token that GitLab gave for a record. One that was imported has none.
 *
 * @throws {pulumi.ResourceError} at the record, where there is nothing that can be a token.
 * @see https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
export function checkToken({ record, resource }: Runner, token: string | undefined, urn: string): string {
  // What cannot stand in a line of register.sh's input.
  if (token !== undefined && /^\S+$/.test(token)) return token;
  throw new pulumi.ResourceError(
    `there is no token of runner ${record.name}: GitLab shows it only once, when the record is created. Create the record again: pulumi up --replace '${urn}'`,
    resource,
    true,
  );
}

const tokenOf = (runner: Runner): pulumi.Output<string> =>
  pulumi
    .all([runner.resource.token, runner.resource.urn])
    .apply(([token, urn]) => checkToken(runner, token, urn));

/** Tokens by the record's name: secret. */
export const tokensOf = (runners: readonly Runner[]): pulumi.Output<Readonly<Record<string, string>>> =>
  pulumi.secret(
    pulumi.all(Object.fromEntries(runners.map((runner) => [runner.record.name, tokenOf(runner)] as const))),
  );

/** What register.sh reads, with all tokens in it: secret. */
export const registrationOf = (runners: readonly Runner[]): pulumi.Output<string> =>
  pulumi
    .secret(pulumi.all(runners.map((runner) => ({ name: runner.record.name, token: tokenOf(runner) }))))
    .apply(registrationInput);
