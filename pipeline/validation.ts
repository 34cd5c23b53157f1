/** What a validation needs of its service: alias, environment and the question whether it is ready. */
import type { ImageConfig, ValidateConfig } from "../config/images.ts";
import type { Service } from "./model.ts";
import { assignments, quote, script, writeFile } from "./shell.ts";

export type ValidatedImage = ImageConfig & { readonly validate: ValidateConfig };

export const isValidated = (image: ImageConfig): image is ValidatedImage => image.validate !== undefined;

/** Host name of the service, as the candidate sees it. GitLab makes two aliases of one with a slash or a dot. */
export const serviceAlias = (image: ImageConfig): string =>
  `validate-${image.name.replaceAll(/[._]+/g, "-")}`;

/** Images that are, or are built on, the official PostgreSQL image. */
const isPostgres = (reference: string): boolean =>
  /(?:^|\/)(?:postgres|postgis|timescaledb|pgvector)(?:[:@/]|$)/.test(reference);

const isPostgis = (reference: string): boolean => /(?:^|\/)postgis(?:[:@/]|$)/.test(reference);

interface Environment {
  readonly service: Record<string, string>;
  readonly command: Record<string, string>;
  readonly ready: string | undefined;
}

/**
 * The database lives as long as the job, on a network that no other job can reach: its password guards nothing.
 * Its clients read host, user and password from the environment.
 * @see https://hub.docker.com/_/postgres (environment variables)
 * @see https://www.postgresql.org/docs/15/libpq-envars.html
 */
function postgres(image: ValidatedImage): Environment {
  const { service: reference, variables } = image.validate;
  const user = variables.POSTGRES_USER ?? "postgres";
  const service = { POSTGRES_DB: user, POSTGRES_PASSWORD: "validation", POSTGRES_USER: user, ...variables };
  const question = isPostgis(reference) ? "SELECT postgis_version()" : "SELECT 1";
  return {
    service,
    command: {
      PGHOST: serviceAlias(image),
      PGPORT: "5432",
      PGUSER: service.POSTGRES_USER,
      PGPASSWORD: service.POSTGRES_PASSWORD,
      PGDATABASE: service.POSTGRES_DB,
      ...variables,
    },
    ready: `pg_isready --quiet && psql --quiet --command '${question}' > /dev/null`,
  };
}

const commandLine = (command: string | readonly string[]): string =>
  typeof command === "string" ? command : command.map(quote).join(" ");

function environmentOf(image: ValidatedImage): Environment {
  const { service, variables, ready } = image.validate;
  const base: Environment = isPostgres(service)
    ? postgres(image)
    : { service: variables, command: { SERVICE_HOST: serviceAlias(image), ...variables }, ready: undefined };
  return ready === undefined ? base : { ...base, ready: commandLine(ready) };
}

export function validationService(image: ValidatedImage): Service {
  const { service } = environmentOf(image);
  return {
    name: image.validate.service,
    alias: serviceAlias(image),
    ...(Object.keys(service).length > 0 ? { variables: service } : {}),
  };
}

function words({ validate: { command } }: ValidatedImage): string {
  const list = typeof command === "string" ? ["sh", "-c", command] : command;
  return `set -- ${list.map(quote).join(" ")}\n`;
}

/** The script that runs a candidate against its service, through the job's socket. */
export function validationScript(image: ValidatedImage): string {
  const { command, ready } = environmentOf(image);
  return [
    assignments({
      VALIDATE_IMAGE: image.name,
      VALIDATE_SERVICE: image.validate.service,
      VALIDATE_ALIAS: serviceAlias(image),
      VALIDATE_TIMEOUT: String(image.validate.timeout),
      VALIDATE_READY: ready ?? "",
      VALIDATE_DIRECTORY: image.validate.directory ?? "",
    }),
    writeFile(
      '"$DOCKER_CONFIG/validate.env"',
      Object.entries(command)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    ),
    words(image),
    script("validate"),
  ].join("");
}

/**
 * The script of a job whose image is the candidate. Its image need not have the service's client. The environment is
 * the script's and not the job's: a job's variables reach its services too, and a PostgreSQL that is told PGHOST looks
 * for its own server there while it sets itself up.
 */
export function validationJobScript(image: ValidatedImage): string {
  const { command, ready } = environmentOf(image);
  const byDefault = image.validate.ready === undefined && ready !== undefined;
  return [
    assignments({
      VALIDATE_SERVICE: image.validate.service,
      VALIDATE_TIMEOUT: String(image.validate.timeout),
      VALIDATE_READY: byDefault ? `! command -v pg_isready > /dev/null || { ${ready}; }` : (ready ?? ""),
      VALIDATE_DIRECTORY: image.validate.directory ?? "",
    }),
    ...Object.entries(command).map(([name, value]) => `export ${name}=${quote(value)}\n`),
    words(image),
    script("validate-job"),
  ].join("");
}
