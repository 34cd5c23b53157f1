/**
 * The two calls behind `aws ecr get-login-password` with a web identity: the first hands out keys for a token, the
 * second wants them in a signature.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
 */
import { randomBytes } from "node:crypto";
import { errors } from "jose";
import { type Answer, json, type Request } from "../http-service.ts";
import type { Issuer } from "./issuer.ts";
import { type AwsKeys, signatureProblem } from "./signature.ts";

export interface AwsSettings {
  readonly issuer: Issuer;
  /** `arn:aws:iam::<account>:role/<name>` */
  readonly role: string;
  /** As the account's identity provider has it: an audience it takes. */
  readonly audience: string;
  readonly region: string;
  /** Password of the registry's user `AWS`. */
  readonly password: string;
}

const TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";

/** The services of one account, which remember the keys that they have handed out. */
export function awsServices(settings: AwsSettings): (request: Request) => Promise<Answer | undefined> {
  const issued = new Map<string, AwsKeys>();
  return async (request) => {
    if (request.method !== "POST" || request.path !== "/") return undefined;
    if (request.headers["x-amz-target"] === TARGET) return authorizationToken(settings, issued, request);
    const form = new URLSearchParams(request.body);
    return form.get("Action") === "AssumeRoleWithWebIdentity"
      ? assumeRole(settings, issued, form)
      : stsError(400, "InvalidAction", "Could not find the operation.");
  };
}

const xml = (status: number, body: string): Answer => ({ status, type: "text/xml", body });
const NAMESPACE = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';

const stsError = (status: number, code: string, message: string): Answer =>
  xml(
    status,
    `<ErrorResponse ${NAMESPACE}><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>lab</RequestId></ErrorResponse>`,
  );

async function assumeRole(
  settings: AwsSettings,
  issued: Map<string, AwsKeys>,
  form: URLSearchParams,
): Promise<Answer> {
  if (form.get("Version") !== "2011-06-15") return stsError(400, "InvalidAction", "Unknown version.");
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get("RoleSessionName") ?? ""))
    return stsError(400, "ValidationError", "RoleSessionName is not valid.");
  if (form.get("RoleArn") !== settings.role)
    return stsError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  const refusal = await tokenRefusal(settings, form.get("WebIdentityToken") ?? "");
  if (refusal) return refusal;
  const keys: AwsKeys = {
    accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(60).toString("base64"),
  };
  issued.set(keys.accessKeyId, keys);
  const credentials = [
    `<AccessKeyId>${keys.accessKeyId}</AccessKeyId>`,
    `<SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>`,
    `<SessionToken>${keys.sessionToken}</SessionToken>`,
    `<Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>`,
  ].join("");
  return xml(
    200,
    `<AssumeRoleWithWebIdentityResponse ${NAMESPACE}><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>lab</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>`,
  );
}

async function tokenRefusal(settings: AwsSettings, token: string): Promise<Answer | undefined> {
  try {
    const { aud } = await settings.issuer.claims(token);
    return [aud].flat().includes(settings.audience)
      ? undefined
      : stsError(400, "InvalidIdentityToken", "Incorrect token audience");
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      return stsError(
        400,
        "ExpiredTokenException",
        "Token expired: current date/time must be before the expiration",
      );
    return stsError(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.");
  }
}

async function authorizationToken(
  settings: AwsSettings,
  issued: ReadonlyMap<string, AwsKeys>,
  request: Request,
): Promise<Answer> {
  const type = "application/x-amz-json-1.1";
  const problem = await signatureProblem(request, {
    service: "ecr",
    region: settings.region,
    keys: (id) => issued.get(id),
  });
  if (problem !== undefined) return json(400, problem, type);
  const registry = /^arn:[a-z-]+:iam::(\d+):/.exec(settings.role)?.[1] ?? "";
  return json(
    200,
    {
      authorizationData: [
        {
          authorizationToken: Buffer.from(`AWS:${settings.password}`).toString("base64"),
          expiresAt: Math.floor(Date.now() / 1000) + 12 * 3600,
          proxyEndpoint: `https://${registry}.dkr.ecr.${settings.region}.amazonaws.com`,
        },
      ],
    },
    type,
  );
}
