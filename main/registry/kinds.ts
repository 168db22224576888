import type { RegistryKind, RegistryPreset } from '../api/registries.ts'
import { parseChallenges } from './challenge.ts'

/**
 * The registries that differ in how one gets in, in the order in which a form offers them. The names of hosts, accounts
 * and secrets are those of each registry's own documentation, which `help` leads to.
 */
export const registryPresets: readonly RegistryPreset[] = [
  {
    kind: 'ghcr',
    name: 'GitHub (GHCR)',
    host: 'ghcr.io',
    fixedHost: true,
    repository: 'OWNER/CACHE',
    username: 'your GitHub user name',
    password: 'a personal access token (classic) with write:packages; in Actions GITHUB_TOKEN',
    help: 'https://github.com/settings/tokens/new?scopes=write:packages',
  },
  {
    kind: 'docker-hub',
    name: 'Docker Hub',
    host: 'docker.io',
    fixedHost: true,
    repository: 'USER/CACHE',
    username: 'your Docker ID',
    password: 'a personal access token with Read & Write',
    help: 'https://app.docker.com/settings/personal-access-tokens',
  },
  {
    kind: 'gitlab',
    name: 'GitLab',
    host: 'registry.gitlab.com',
    fixedHost: false,
    repository: 'GROUP/PROJECT/CACHE',
    username: 'your GitLab user name, or the deploy token’s name',
    password: 'a token with read_registry and write_registry',
    help: 'https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/',
  },
  {
    kind: 'ecr',
    name: 'Amazon ECR',
    host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    fixedHost: false,
    repository: 'CACHE',
    username: 'AWS',
    password: 'what `aws ecr get-login-password` prints; good for 12 hours',
    help: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html',
  },
  {
    kind: 'acr',
    name: 'Azure (ACR)',
    host: 'myregistry.azurecr.io',
    fixedHost: false,
    repository: 'CACHE',
    username: 'a token’s name, a service principal’s id, or the admin user',
    password: 'its password',
    help: 'https://learn.microsoft.com/azure/container-registry/container-registry-authentication',
  },
  {
    kind: 'gar',
    name: 'Google (Artifact Registry, GCR)',
    host: 'europe-west3-docker.pkg.dev',
    fixedHost: false,
    repository: 'PROJECT/REPOSITORY/CACHE',
    username: '_json_key, or oauth2accesstoken',
    password: 'a service account’s key file, or what `gcloud auth print-access-token` prints; good for an hour',
    help: 'https://cloud.google.com/artifact-registry/docs/docker/authentication',
  },
  {
    kind: 'harbor',
    name: 'Harbor',
    host: 'harbor.example.org',
    fixedHost: false,
    repository: 'PROJECT/CACHE',
    username: 'your user name, or a robot’s whole name: robot$PROJECT+NAME',
    password: 'the CLI secret of your profile, or the robot’s secret',
    help: 'https://goharbor.io/docs/latest/working-with-projects/project-configuration/create-robot-accounts/',
  },
  {
    kind: 'quay',
    name: 'Quay',
    host: 'quay.io',
    fixedHost: false,
    repository: 'NAMESPACE/CACHE',
    username: 'a robot’s whole name: NAMESPACE+ROBOT',
    password: 'the robot’s token',
    help: 'https://docs.quay.io/glossary/robot-accounts.html',
  },
  {
    kind: 'artifactory',
    name: 'JFrog Artifactory',
    host: 'mycompany.jfrog.io',
    fixedHost: false,
    repository: 'REPOSITORY-KEY/CACHE',
    username: 'your user name',
    password: 'an identity token of your profile',
    help: 'https://jfrog.com/help/r/jfrog-platform-administration-documentation/identity-token',
  },
  {
    kind: 'distribution',
    name: 'Other (Distribution)',
    host: 'registry.example.org:5000',
    fixedHost: false,
    repository: 'ME/CACHE',
    username: 'the name in its htpasswd file',
    password: 'the password to it',
    help: 'https://distribution.github.io/distribution/about/deploying/',
  },
]

/** The kind's name for people: `GitHub (GHCR)`. */
export function kindName(kind: RegistryKind): string {
  return registryPresets.find((preset) => preset.kind === kind)?.name ?? kind
}

/** An answer's headers by their lower-case names; an `Answer` is one. */
export interface AnswerHeaders {
  header(name: string): string | undefined
}

/** Names that belong to one kind alone: the clouds' own, and those that products give their hosts. */
const byName: readonly (readonly [RegExp, RegistryKind])[] = [
  [/^(ghcr\.io|containers\.[^.]+\.ghe\.com)$/, 'ghcr'],
  [/^((index|registry-1)\.)?docker\.io$/, 'docker-hub'],
  [/^(\d{12}\.dkr[.-]ecr(-fips)?\..+\.(amazonaws\.com(\.cn)?|on\.aws)|public\.ecr\.aws)$/, 'ecr'],
  [/\.azurecr\.(io|cn|us)$/, 'acr'],
  [/(^|\.)gcr\.io$|-docker\.pkg\.dev$/, 'gar'],
  [/\.jfrog\.io$/, 'artifactory'],
  [/(^|\.)goharbor\.io$/, 'harbor'],
  [/(^|[.-])gitlab[.-]/, 'gitlab'],
  [/(^|[.-])harbor[.-]/, 'harbor'],
  [/(^|[.-])quay[.-]/, 'quay'],
  [/(^|[.-])(artifactory|jfrog)[.-]/, 'artifactory'],
]

/**
 * The kind of a registry by its host (`host[:port]`), and where the name says nothing by how its `/v2/` answered: each
 * product names its token service and its realm in its own way. `distribution` when neither tells.
 */
export function kindOfRegistry(host: string, answer?: AnswerHeaders): RegistryKind {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  const named = byName.find(([pattern]) => pattern.test(name))?.[1]
  return named ?? (answer && kindByAnswer(answer)) ?? 'distribution'
}

function kindByAnswer(answer: AnswerHeaders): RegistryKind | undefined {
  if (answer.header('x-jfrog-version') ?? answer.header('x-artifactory-id')) return 'artifactory'
  for (const { parameters } of parseChallenges(answer.header('www-authenticate') ?? '')) {
    const { service = '', realm = '' } = parameters
    const path = URL.canParse(realm) ? new URL(realm).pathname : ''
    if (service === 'harbor-registry') return 'harbor'
    if (service === 'ecr.amazonaws.com') return 'ecr'
    if (service === 'container_registry' || path === '/jwt/auth') return 'gitlab'
    if (/^Artifactory Realm$/i.test(realm) || path.startsWith('/artifactory/')) return 'artifactory'
    if (path === '/v2/auth') return 'quay'
  }
  return undefined
}
