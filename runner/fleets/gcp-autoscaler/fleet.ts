/** GitLab Runner's autoscaler on Google Cloud: a machine for each job. */
import type { InstanceGroupManager } from "@pulumi/gcp/compute/instanceGroupManager.js";
import type { InstanceTemplateArgs } from "@pulumi/gcp/compute/instanceTemplate.js";
import * as pulumi from "@pulumi/pulumi";
import { setupScript } from "../../host/archive.ts";
import { ATTRIBUTES } from "../../host/cloud.ts";
import { hostFiles } from "../../host/files.ts";
import type { TrustLevel } from "../../host/settings.ts";
import { levelsOf } from "../../levels.ts";
import { createRunners, type Runner } from "../../user-runners.ts";
import { pushAccess } from "../gcp/federation.ts";
import { GcpIdentity } from "../gcp/identity.ts";
import { regionOf } from "../gcp/machine.ts";
import { checkMetadata, groupMetadata, type Metadata, TEMPLATE_METADATA } from "../gcp/metadata.ts";
import { accountId, fleetLabels } from "../gcp/names.ts";
import { TokenSecret } from "../gcp/secret.ts";
import { templateArgs } from "../gcp/template.ts";
import type { Fleet, FleetArgs } from "../kind.ts";
import { autoscalerCommands } from "./commands.ts";
import { WorkerGroup } from "./group.ts";
import { ManagerMachine } from "./manager.ts";
import { AutoscalerNetwork } from "./network.ts";
import { AutoscalerRights } from "./rights.ts";
import type { GcpAutoscalerConfig } from "./schema.ts";
import { managerSettings, workerSettings } from "./settings.ts";

export type GcpAutoscalerFleetArgs = FleetArgs<GcpAutoscalerConfig>;

/** The longest name that Google takes: what checks a size before any name is known. */
const LONGEST_NAME = "x".repeat(63);

/**
 * A network, a manager with an identity and runners whose tokens are in Secret Manager, and for each trust level a group
 * of workers that have no service account and no secret, and end with their job.
 *
 * @example
 * const fleet = new GcpAutoscalerFleet("burst", { config, fleet, owner, records });
 * @see https://docs.gitlab.com/runner/executors/docker_autoscaler/
 */
export class GcpAutoscalerFleet extends pulumi.ComponentResource implements Fleet {
  readonly runners: readonly Runner[];
  readonly commands: Readonly<Record<string, pulumi.Output<unknown>>>;

  constructor(name: string, args: GcpAutoscalerFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buildx-runners:runner:GcpAutoscalerFleet", name, {}, opts);
    const { config, owner, records } = args;
    const gcp = args.fleet.machines;
    const facts = factsOf(args);
    const { labels, description } = facts;
    const setups = setupsOf(args);
    checkMetadata(this, name, metadataOfLargestManager(args));
    for (const metadata of setups.values()) checkMetadata(this, name, metadata);
    const parent = { parent: this };

    const identity = new GcpIdentity(
      `${name}-identity`,
      { accountId: accountId(config.stack, name), description: `${description}, manager` },
      parent,
    );
    const rights = new AutoscalerRights(
      `${name}-rights`,
      { ...facts, project: identity.account.project, member: identity.member },
      parent,
    );
    const network = new AutoscalerNetwork(`${name}-net`, { ...facts, gcp }, parent);
    this.runners = createRunners(name, owner, records, parent);
    const tokens = new TokenSecret(
      `${name}-tokens`,
      { runners: this.runners, reader: identity.member, labels },
      parent,
    );
    const groups = [...setups].map(([level, metadata]) => {
      const template = workerTemplate(args, level, network.subnetwork, metadata);
      const group = new WorkerGroup(
        `${name}-${level}`,
        { zone: gcp.zone, baseName: accountId(config.stack, name, level), template },
        { parent: this, dependsOn: network },
      );
      return [level, group.manager] as const;
    });
    const manager = new ManagerMachine(
      `${name}-manager`,
      {
        ...facts,
        gcp,
        subnetwork: network.subnetwork,
        serviceAccount: identity.email,
        tag: facts.tags.manager,
        metadata: managerMetadata(args, identity.account.project, groups, tokens.version),
      },
      // All of it exists when a manager boots; a manager that is deleted leaves no worker behind that only it would delete.
      { parent: this, dependsOn: [identity, rights, network, tokens, ...groups.map(([, group]) => group)] },
    );
    const push = pushAccess(`${name}-push`, args, gcp.artifactRegistry, identity.account, parent);
    this.commands = { [gcp.zone]: autoscalerCommands(gcp, manager.instance, groups, push?.provider) };
    this.registerOutputs();
  }
}

/** What several of a fleet's parts go by. */
function factsOf({ config: { stack }, fleet }: GcpAutoscalerFleetArgs) {
  const { name, machines: gcp } = fleet;
  return {
    zone: gcp.zone,
    region: regionOf(gcp.zone),
    labels: fleetLabels(stack, name, gcp.labels),
    description: `buildx-runners: ${stack}/${name}`,
    tags: { manager: accountId(stack, name, "manager"), worker: accountId(stack, name, "worker") },
    roleId: accountId(stack, name).replaceAll("-", "_"),
    instancePrefixes: levelsOf(fleet.refs).map((level) => accountId(stack, name, level)),
  };
}

/** The workers' metadata by level. */
const setupsOf = (args: GcpAutoscalerFleetArgs): ReadonlyMap<TrustLevel, Metadata> =>
  new Map(levelsOf(args.fleet.refs).map((level) => [level, metadataOfWorker(args, level)]));

function workerTemplate(
  args: GcpAutoscalerFleetArgs,
  level: TrustLevel,
  subnetwork: pulumi.Output<string>,
  metadata: Metadata,
): InstanceTemplateArgs {
  const { machines } = args.fleet;
  const { region, labels, description, tags } = factsOf(args);
  return templateArgs({
    machine: { ...machines, image: machines.images[level] ?? machines.image },
    region,
    subnetwork,
    // A job that takes over its worker must find no identity of the cloud there.
    serviceAccount: undefined,
    tags: [tags.worker],
    // The manager ends a worker when its job has ended.
    shutdownSeconds: undefined,
    labels,
    metadata,
    description: `${description}, worker of level ${level}`,
  });
}

/**
 * OS Login keeps Google's guest agent from making accounts of the keys in the metadata, and administrators of those
 * accounts; from the first second on, when no other setting could be in place. The worker's sshd reads the keys itself.
 * @see https://cloud.google.com/compute/docs/oslogin/set-up-oslogin
 */
function metadataOfWorker({ config, fleet }: GcpAutoscalerFleetArgs, level: TrustLevel): Metadata {
  const setup = setupScript(hostFiles(workerSettings(config, fleet, level)));
  return { ...TEMPLATE_METADATA, [ATTRIBUTES.setup]: setup };
}

const metadataOfManager = (setup: string, secret: string): Metadata => ({
  ...TEMPLATE_METADATA,
  ...groupMetadata(setup, secret),
});

/** Before the first resource is created, when the groups' names are not known. */
function metadataOfLargestManager({ config, fleet }: GcpAutoscalerFleetArgs): Metadata {
  const groups = Object.fromEntries(levelsOf(fleet.refs).map((level) => [level, LONGEST_NAME]));
  const settings = managerSettings(config, fleet, { project: LONGEST_NAME, groups });
  return metadataOfManager(setupScript(hostFiles(settings)), "");
}

/** Google chooses the groups' names, and the manager's set-up contains them. */
function managerMetadata(
  { config, fleet }: GcpAutoscalerFleetArgs,
  project: pulumi.Output<string>,
  groups: readonly (readonly [TrustLevel, InstanceGroupManager])[],
  secret: pulumi.Output<string>,
): pulumi.Output<Metadata> {
  const names = pulumi.all(Object.fromEntries(groups.map(([level, { name }]) => [level, name])));
  return pulumi
    .all([project, names, secret])
    .apply(([inProject, known, version]) =>
      metadataOfManager(
        setupScript(hostFiles(managerSettings(config, fleet, { project: inProject, groups: known }))),
        version,
      ),
    );
}
