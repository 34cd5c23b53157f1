/** What the lab lacks of a host whose runbooks are tried: a program that runs as a runner manager does. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";

/**
 * Stands in for GitLab Runner, whose binary is in no package registry: it reports to GitLab, answers for its metrics, goes on
 * until SIGQUIT or SIGTERM, and takes no jobs.
 */
const PROGRAM = String.raw`#!/usr/bin/perl
use strict; use IO::Socket::INET;
if ($ARGV[0] ne 'run') { print "Version: 99.1.0\n"; exit 0 }
my ($file) = "@ARGV" =~ /--config (\S+)/;
open my $in, '<', $file or die "$file: $!";
my $settings = join('', <$in>);
my ($address) = $settings =~ /listen_address = "([^"]+)"/;
my ($gitlab) = $settings =~ /url = "([^"]+)"/;
for my $token ($settings =~ /token = "([^"]+)"/g) {
  open my $out, '|-', 'curl', '--silent', '--output', '/dev/null', '--json', '@-', "$gitlab/api/v4/runners/verify" or die "curl: $!";
  print $out qq({"token":"$token","system_id":"s_0123456789ab","info":{"version":"99.1.0"}});
  close $out;
}
$SIG{$_} = sub { exit 0 } for qw(QUIT TERM);
$SIG{HUP} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalAddr => $address, Listen => 5, ReuseAddr => 1) or die "$address: $!";
while (1) {
  my $client = $server->accept or next;
  while (my $line = <$client>) { last if $line =~ /^\r?$/ }
  print $client "HTTP/1.0 200 OK\r\n\r\ngitlab_runner_jobs 0\n";
  close $client;
}
`;

export interface RunnerDownloads {
  /** Value of a fleet's `gitlabRunner`. */
  readonly setting: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Serves the program where a fleet would fetch GitLab Runner. */
export async function startRunnerDownloads(address: string): Promise<RunnerDownloads> {
  const server = createServer((_request, response) => response.end(PROGRAM));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, address, resolve);
  });
  const place = server.address();
  if (place === null || typeof place === "string") throw new Error("the server has no port");
  const sha256 = { amd64: createHash("sha256").update(PROGRAM).digest("hex") };
  return {
    setting: { version: "v99.1.0", url: `http://${address}:${place.port}`, sha256 },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
