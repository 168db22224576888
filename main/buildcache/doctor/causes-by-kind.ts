import type { RegistryKind } from '../../api/registries.ts'
import type { Case, Diagnosis } from './case.ts'
import type { Symptom } from './symptoms.ts'

type Causes = Partial<Readonly<Record<Symptom, (one: Case) => Diagnosis>>>

const newGithubToken = 'https://github.com/settings/tokens/new?scopes=write:packages'

function strataLogin({ registry }: Case['reference']): string {
  return `$ strata login ${registry}`
}

/** A part of the repository's path, or the word that documentation has for it. */
function part({ repository }: Case['reference'], index: number, word: string): string {
  return repository.split('/')[index] ?? word
}

/** `eu-central-1` of `123456789012.dkr.ecr.eu-central-1.amazonaws.com`. */
function region(registry: string): string {
  return /\.dkr[.-]ecr(?:-fips)?\.([^.]+)\./.exec(registry)?.[1] ?? 'REGION'
}

/** `myregistry` of `myregistry.azurecr.io`. */
function shortName(registry: string): string {
  return registry.split('.')[0] ?? 'NAME'
}

function awsLogin(cause: string): (one: Case) => Diagnosis {
  return ({ reference: { registry } }) => ({
    cause,
    fix: [
      `$ aws ecr get-login-password --region ${region(registry)} | strata login ${registry} --username AWS --password-stdin`,
      'Or install docker-credential-ecr-login, which makes a new one whenever it is needed, and name it in ~/.docker/config.json:',
      `{"credHelpers": {"${registry}": "ecr-login"}}`,
    ],
  })
}

function azLogin(cause: string): (one: Case) => Diagnosis {
  return ({ reference: { registry } }) => ({
    cause,
    fix: [
      `$ az acr login --name ${shortName(registry)}`,
      'Without docker: make a token with a scope map, and log in with its name and password:',
      `$ az acr token create --registry ${shortName(registry)} --name strata --scope-map _repositories_push`,
    ],
  })
}

function googleLogin(cause: string): (one: Case) => Diagnosis {
  return ({ reference: { registry } }) => ({
    cause,
    fix: [
      `$ gcloud auth print-access-token | strata login ${registry} --username oauth2accesstoken --password-stdin`,
      'Or a service account’s key, which lasts:',
      `$ strata login ${registry} --username _json_key --password-stdin < key.json`,
    ],
  })
}

/** A repository lies where its host says: `europe-west3-docker.pkg.dev`. */
function createGoogleRepository(reference: Case['reference']): string {
  const location = /^(.+)-docker\.pkg\.dev$/.exec(reference.registry)?.[1] ?? 'LOCATION'
  const names = `${part(reference, 1, 'REPOSITORY')} --project=${part(reference, 0, 'PROJECT')}`
  return `$ gcloud artifacts repositories create ${names} --repository-format=docker --location=${location}`
}

function artifactoryPath({ reference }: Case): Diagnosis {
  return {
    cause:
      'Artifactory finds no Docker repository by this path: its key is the first part of the path, or a sub-domain of its own.',
    fix: [
      `By path: ${reference.registry}/REPOSITORY-KEY/NAME.`,
      `By sub-domain: REPOSITORY-KEY.${reference.registry}/NAME.`,
      'The repository has to be of type Docker.',
    ],
  }
}

const ghcr: Causes = {
  'login-missing': ({ reference }) => ({
    cause: 'GitHub lets nobody write, or read what is private, without a token.',
    fix: ['Make a personal access token (classic) with write:packages:', newGithubToken, strataLogin(reference)],
  }),
  'login-refused': ({ reference }) => ({
    cause:
      'GitHub does not take this token: it has expired or was revoked, is not authorized for the organisation’s SSO, or is a fine-grained one, which GHCR does not take.',
    fix: [
      'Make a personal access token (classic) with write:packages, and authorize it for SSO if the organisation has it:',
      newGithubToken,
      strataLogin(reference),
    ],
  }),
  denied: ({ reference }) => {
    const [owner = 'OWNER', ...name] = reference.repository.split('/')
    return {
      cause:
        'The token lacks write:packages, or the package exists and is not linked to your repository or gives you no write role.',
      fix: [
        'Make a personal access token (classic) with write:packages:',
        newGithubToken,
        'In GitHub Actions: permissions: { packages: write }',
        `Or link the package to its repository and give it the role Write: https://github.com/users/${owner}/packages/container/${encodeURIComponent(name.join('/'))}/settings`,
      ],
    }
  },
}

const dockerHub: Causes = {
  'rate-limited': (one) => ({
    cause: `Docker Hub counts pulls${one.loggedIn ? '' : ', those without a login by address: all of your network share one count'}.`,
    fix: one.loggedIn
      ? ['Wait; the count goes back over hours. A paid account has none.']
      : ['Log in: an account has a count of its own, and a higher one.', strataLogin(one.reference)],
  }),
  'login-refused': ({ reference }) => ({
    cause: 'Docker Hub does not take this name and password. With two factors it takes access tokens only.',
    fix: [
      'Make an access token with Read & Write:',
      'https://app.docker.com/settings/personal-access-tokens',
      strataLogin(reference),
    ],
  }),
  denied: ({ reference }) => ({
    cause: `This login may not write in ${reference.repository}: another user’s or organisation’s name, or a token with Read alone.`,
    fix: [
      'Use your own name: docker.io/USER/NAME.',
      'Give the access token Read & Write:',
      'https://app.docker.com/settings/personal-access-tokens',
    ],
  }),
  'bad-reference': ({ error }) => ({
    cause: 'Docker Hub has names of one level below the user only: USER/NAME.',
    fix: [error.hint ?? 'Write docker.io/USER/NAME.'],
  }),
}

const gitlab: Causes = {
  'login-refused': ({ reference }) => ({
    cause:
      'GitLab does not take this login: a token that has expired, or the account’s password where two factors are on.',
    fix: [
      'Use a personal, project or deploy token with read_registry and write_registry; a deploy token goes with its own name.',
      strataLogin(reference),
    ],
  }),
  denied: ({ reference }) => ({
    cause: 'The token lacks write_registry, your role in the project is below Developer, or there is no such project.',
    fix: [
      'Give the deploy token read_registry and write_registry.',
      `The path starts with group and project: ${reference.registry}/GROUP/PROJECT/CACHE.`,
      'In CI: CI_REGISTRY_USER and CI_REGISTRY_PASSWORD.',
    ],
  }),
  'name-unknown': ({ reference }) => ({
    cause: 'GitLab has no such project, or its container registry is switched off.',
    fix: [
      `The path starts with group and project: ${reference.registry}/GROUP/PROJECT/CACHE.`,
      'Settings → General → Visibility → Container registry: on.',
    ],
  }),
}

const ecr: Causes = {
  'login-missing': awsLogin('ECR lets nobody in without a login.'),
  'login-refused': awsLogin(
    'A login of ECR ends after 12 hours, and this one has, or it is for another account or region.',
  ),
  'token-refused': awsLogin('A login of ECR ends after 12 hours, and this one has.'),
  denied: ({ reference }) => ({
    cause: 'The role or user has no right for this: an IAM or repository policy forbids it.',
    fix: [
      'It needs ecr:BatchCheckLayerAvailability, InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload and PutImage.',
      `$ aws ecr get-repository-policy --region ${region(reference.registry)} --repository-name ${reference.repository}`,
    ],
  }),
  'name-unknown': ({ reference }) => ({
    cause: 'ECR does not make repositories by itself: this one has to exist before a push.',
    fix: [
      `$ aws ecr create-repository --region ${region(reference.registry)} --repository-name ${reference.repository}`,
    ],
  }),
}

const acr: Causes = {
  'login-missing': azLogin('Azure lets nobody in without a login.'),
  'login-refused': azLogin(
    'Azure does not take this login: a token of `az acr login` ends after three hours, a password may have been renewed, and the admin user is off unless switched on.',
  ),
  denied: ({ reference }) => ({
    cause:
      'The identity lacks the role AcrPush on this registry, or its token’s scope map leaves this repository out; or the registry’s firewall keeps this address out.',
    fix: [
      `$ az role assignment create --role AcrPush --assignee YOU --scope $(az acr show --name ${shortName(reference.registry)} --query id --output tsv)`,
      'For a token: add content/write on this repository to its scope map.',
    ],
  }),
}

const gar: Causes = {
  'login-missing': googleLogin('Google lets nobody in without a login.'),
  'login-refused': googleLogin(
    'Google does not take this login: an access token ends after an hour, and a key goes with the name _json_key.',
  ),
  denied: ({ reference }) => ({
    cause:
      'The account lacks roles/artifactregistry.writer, or the repository does not exist: Google says the same of both.',
    fix: [
      createGoogleRepository(reference),
      `$ gcloud projects add-iam-policy-binding ${part(reference, 0, 'PROJECT')} --member=user:YOU --role=roles/artifactregistry.writer`,
    ],
  }),
  'name-unknown': ({ reference }) => ({
    cause: 'Google does not make repositories by itself: the second part of the path has to exist before a push.',
    fix: [createGoogleRepository(reference)],
  }),
}

const harbor: Causes = {
  'login-refused': ({ reference }) => ({
    cause:
      'Harbor does not take this login. A robot’s name has a $ in it, which a shell takes out between double quotes; with single sign-on the password is the CLI secret.',
    fix: [
      'Write a robot’s whole name in single quotes, as Harbor shows it:',
      `$ strata login ${reference.registry} --username 'robot$${part(reference, 0, 'PROJECT')}+NAME'`,
      'Users with single sign-on: your name at the top right → User Profile → CLI secret.',
    ],
  }),
  denied: ({ reference }) => ({
    cause: `The login may not write in project ${part(reference, 0, 'PROJECT')}, or there is no such project: Harbor says the same of both.`,
    fix: [
      `Create the project ${part(reference, 0, 'PROJECT')} in Harbor; it does not make one by itself.`,
      'Give the robot push and pull of repositories; a guest may only pull.',
    ],
  }),
  'name-unknown': ({ reference }) => ({
    cause: `Harbor has no project ${part(reference, 0, 'PROJECT')}, and does not make one by itself.`,
    fix: [`Create the project ${part(reference, 0, 'PROJECT')} in Harbor: Projects → New Project.`],
  }),
  'no-space': ({ reference }) => ({
    cause: `The quota of project ${part(reference, 0, 'PROJECT')} is used up.`,
    fix: ['Have it raised: Administration → Project Quotas.', 'Or delete artifacts and run garbage collection.'],
  }),
}

const quay: Causes = {
  'login-refused': ({ reference }) => ({
    cause:
      'Quay does not take this login. A robot’s name is NAMESPACE+ROBOT; accounts by Red Hat’s single sign-on have no password here.',
    fix: [
      'Make a robot account and use its whole name and token:',
      `$ strata login ${reference.registry} --username ${part(reference, 0, 'NAMESPACE')}+ROBOT`,
    ],
  }),
  denied: ({ reference }) => ({
    cause:
      'The robot has no write permission on this repository; or it does not exist and the robot may not create it.',
    fix: [
      `Give the robot Write on ${reference.repository}: Repository Settings → User and Robot Permissions.`,
      'Or make it a member of a team with the role Creator.',
      'A repository that a push creates is private: make it public for anonymous readers.',
    ],
  }),
}

const artifactory: Causes = {
  'login-refused': ({ reference }) => ({
    cause:
      'Artifactory does not take this login: accounts by single sign-on have no password, and API keys have ended.',
    fix: ['Make an identity token: your profile → Generate an Identity Token.', strataLogin(reference)],
  }),
  denied: () => ({
    cause:
      'The login has no Deploy permission on this repository; or it is a virtual one without a default deployment repository, or a remote one.',
    fix: ['Push to the local Docker repository.', 'Give the account Deploy/Cache on it.'],
  }),
  'name-unknown': artifactoryPath,
  'no-registry': artifactoryPath,
  html: artifactoryPath,
}

const distribution: Causes = {
  'login-refused': ({ reference }) => ({
    cause: 'The registry does not take this name and password; with htpasswd it knows bcrypt hashes only.',
    fix: [strataLogin(reference), 'Operator, for a new entry:', '$ htpasswd -B /path/to/htpasswd NAME'],
  }),
  unsupported: ({ step }) =>
    step === 'delete'
      ? {
          cause: 'Deletes are switched off, as they are in Distribution unless configured.',
          fix: ['Pushes do not need it. Operator: REGISTRY_STORAGE_DELETE_ENABLED=true'],
        }
      : {
          cause:
            'The registry takes no pushes: it is a pull-through cache (proxy.remoteurl), or read-only (maintenance.readonly).',
          fix: ['Push to another registry.', 'Operator: take storage.maintenance.readonly out again.'],
        },
}

/** Where a kind of registry has its own way to fail, in the words of its own documentation. */
export const causesByKind: Partial<Readonly<Record<RegistryKind, Causes>>> = {
  ghcr,
  'docker-hub': dockerHub,
  gitlab,
  ecr,
  acr,
  gar,
  harbor,
  quay,
  artifactory,
  distribution,
}
