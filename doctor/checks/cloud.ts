/** Fleets on Google Cloud: checks that need no credentials, and for the others the command to run by hand. */
import type { FleetConfig } from "../../config.ts";
import type { Place } from "../../runner/fleets/kind.ts";
import { kindOf } from "../../runner/fleets/kinds.ts";
import type { PlannedCheck } from "../check.ts";
import type { Stack } from "../stack.ts";
import { fleetSubject } from "./runners.ts";

/** Where Pulumi's provider looks for the project. @see https://www.pulumi.com/registry/packages/gcp/installation-configuration/ */
const PROJECT_VARIABLES = [
  "GOOGLE_PROJECT",
  "GOOGLE_CLOUD_PROJECT",
  "GCLOUD_PROJECT",
  "CLOUDSDK_CORE_PROJECT",
];

function projectOf({ values, environment }: Pick<Stack, "values" | "environment">): string | undefined {
  const own = values["gcp:project"];
  if (typeof own === "string" && own !== "") return own;
  return PROJECT_VARIABLES.map((name) => environment[name]).find(
    (value) => value !== undefined && value !== "",
  );
}

export function cloudChecks(stack: Stack): PlannedCheck[] {
  return (stack.config?.fleets ?? []).flatMap((fleet) => {
    const place = kindOf(fleet).place(fleet);
    return place.place === "google" ? checksOf(stack, fleet, place) : [];
  });
}

type GooglePlace = Extract<Place, { readonly place: "google" }>;

function checksOf(stack: Stack, fleet: FleetConfig, place: GooglePlace): PlannedCheck[] {
  const project = projectOf(stack);
  const check = (id: string, title: string, run: PlannedCheck["run"]): PlannedCheck => ({
    subject: fleetSubject(fleet),
    id: `cloud.${id}`,
    title,
    run,
  });
  const asked = (id: string, title: string, command: string): PlannedCheck =>
    check(id, title, (answers) => answers.skipped("the doctor has no credentials for Google Cloud", command));
  const named = `--project=${project ?? "PROJECT"}`;
  return [
    check("project", "the stack names a project of Google Cloud", (answers) =>
      project === undefined
        ? answers.failed(
            "neither gcp:project nor GOOGLE_PROJECT is set",
            `npm run pulumi -- config set gcp:project PROJECT --stack ${stack.name}`,
          )
        : answers.ok(project),
    ),
    asked(
      "apis",
      "the APIs that it uses are enabled",
      `gcloud services list --enabled ${named} --filter='config.name:(compute.googleapis.com OR secretmanager.googleapis.com OR iam.googleapis.com)'`,
    ),
    asked("quota", "the region's quota is large enough for its machines", quotaCommand(place, named)),
    asked("image", "its image exists", imageCommand(place)),
    asked("machines", "its machines run and are healthy", machinesCommand(stack, fleet, named)),
  ];
}

const quotaCommand = ({ region }: GooglePlace, named: string): string =>
  `gcloud compute regions describe ${region} ${named} --flatten=quotas --format='table(quotas.metric,quotas.usage,quotas.limit)'`;

/** @see https://cloud.google.com/sdk/gcloud/reference/compute/images/describe-from-family */
function imageCommand({ image }: GooglePlace): string {
  const [, project, family] = /^projects\/([^/]+)\/global\/images\/family\/([^/]+)$/.exec(image) ?? [];
  if (project !== undefined)
    return `gcloud compute images describe-from-family ${family} --project=${project}`;
  const [, owner, name] = /^projects\/([^/]+)\/global\/images\/([^/]+)$/.exec(image) ?? [];
  return `gcloud compute images describe ${name ?? "IMAGE"} --project=${owner ?? "PROJECT"}`;
}

/** The outputs of the stack hold the commands themselves, once it is up. */
const machinesCommand = (stack: Stack, fleet: FleetConfig, named: string): string =>
  `gcloud compute instances list ${named} --filter='name ~ ^${fleet.name}'; once the stack is up, npm run pulumi -- stack output hosts --stack ${stack.name} has the commands that show each machine's own status`;
