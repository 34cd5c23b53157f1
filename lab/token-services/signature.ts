/**
 * Checks AWS Signature Version 4 by signing the request again with the keys that were handed out.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
import { timingSafeEqual } from "node:crypto";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Request } from "../http-service.ts";

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface SignatureScope {
  readonly service: string;
  readonly region: string;
  /** The keys of an access key's id, if they were handed out. */
  readonly keys: (accessKeyId: string) => AwsKeys | undefined;
}

/** An error of the JSON protocol. */
export interface AwsError {
  readonly __type: string;
  readonly message: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

const failure = (type: string, message: string): AwsError => ({ __type: type, message });
const mismatch = failure("InvalidSignatureException", "The request signature does not match.");

/** @returns nothing for a request that was signed by keys of ours, in the last five minutes, for this very service. */
export async function signatureProblem(
  request: Request,
  scope: SignatureScope,
): Promise<AwsError | undefined> {
  const parts = AUTHORIZATION.exec(request.headers.authorization ?? "");
  if (!parts) return failure("MissingAuthenticationTokenException", "Missing Authentication Token");
  const [, id = "", day = "", region = "", service = "", names = "", signature = ""] = parts;
  const keys = scope.keys(id);
  if (!keys) return failure("UnrecognizedClientException", "The security token included is invalid.");
  const stamp = String(request.headers["x-amz-date"] ?? "");
  const date = new Date(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!stamp.startsWith(day) || !(Math.abs(Date.now() - date.getTime()) < 300_000))
    return failure("InvalidSignatureException", "Signature expired or not yet current.");
  if (region !== scope.region || service !== scope.service)
    return failure("InvalidSignatureException", "Credential should be scoped to a valid region and service.");
  if (request.headers["x-amz-security-token"] !== keys.sessionToken)
    return failure("UnrecognizedClientException", "The security token included is invalid.");
  const expected = await signAgain(request, names.split(";"), { ...scope, keys, date });
  return expected !== undefined && timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
    ? undefined
    : mismatch;
}

async function signAgain(
  request: Request,
  names: readonly string[],
  scope: { service: string; region: string; keys: AwsKeys; date: Date },
): Promise<string | undefined> {
  const signer = new SignatureV4({
    service: scope.service,
    region: scope.region,
    credentials: scope.keys,
    sha256: Sha256,
    applyChecksum: false,
  });
  const [hostname = "", port] = (request.headers.host ?? "").split(":");
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname,
      ...(port === undefined ? {} : { port: Number(port) }),
      path: request.path,
      query: Object.fromEntries(request.query),
      headers: Object.fromEntries(names.map((name) => [name, String(request.headers[name] ?? "")])),
      body: request.body,
    },
    { signingDate: scope.date },
  );
  return /Signature=([0-9a-f]{64})$/.exec(signed.headers.authorization ?? "")?.[1];
}
