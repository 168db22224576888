import { type CiJob, targetTag } from './job.ts'

/**
 * The shell lines of a recipe, the same for every CI. Whatever differs from run to run is a variable, always in quotes, so
 * that no name of a target or a tag can be taken for a command. Variables: CACHE, ENVIRONMENT, and as far as they are needed
 * TARGET, IMAGE_TAG, BASE_IMAGE, STRATA_REPOSITORY and STRATA_VERSION.
 */
export interface Steps {
  /** Tells Spack of the cache; wants the login. */
  readonly mirror: readonly string[]
  /** Concretizes and installs: what the cache has is taken from it, the rest is built; wants the login. */
  readonly install: readonly string[]
  /** Fetches and builds Strata. */
  readonly strata: readonly string[]
  /** Pushes packages and the image; wants the login. */
  readonly push: readonly string[]
  /** After a failed install: pushes what was built, so that it need not be built again; wants the login. */
  readonly rescue: readonly string[]
  /** Joins the targets' images; wants the login. None for a single one. */
  readonly combine: readonly string[] | undefined
}

/** Where Strata is built; outside of the repository, so that no job commits or caches it by accident. */
const STRATA = '"$HOME/strata'
const strata = `node ${STRATA}/dist/strata.js"`

export function stepsOf(job: CiJob): Steps {
  const { tag, baseImage, targets, environment, spack } = job
  const many = targets.length > 1
  const login = spack.loginVariables
    ? '--oci-username-variable STRATA_USERNAME --oci-password-variable STRATA_PASSWORD'
    : '--oci-username "$STRATA_USERNAME" --oci-password "$STRATA_PASSWORD"'
  const base = baseImage === undefined ? '' : ' --base-image "$BASE_IMAGE"'
  const image = tag === undefined ? '' : ` --tag "$IMAGE_TAG${many ? '-$TARGET' : ''}"`
  // One target is concretized for as well: a runner of another day may have another processor.
  const force = targets.length > 0 && environment.concretized ? ' --force' : ''
  return {
    mirror: [`spack mirror add --scope site --unsigned ${login} strata-ci "$CACHE"`],
    install: [
      ...(targets.length > 0 ? ['spack -e "$ENVIRONMENT" config add "packages:all:require:target=$TARGET"'] : []),
      `spack -e "$ENVIRONMENT" concretize${force}`,
      'spack -e "$ENVIRONMENT" install --no-check-signature',
    ],
    strata: [
      `: "\${STRATA_REPOSITORY:?set it to the address of the git repository of Strata}"`,
      `git clone --quiet --depth 1 --branch "$STRATA_VERSION" "$STRATA_REPOSITORY" ${STRATA}"`,
      // The desktop's window is not wanted here, nor its hundred megabytes.
      `(cd ${STRATA}" && ELECTRON_SKIP_BINARY_DOWNLOAD=1 npm ci && npm run build)`,
    ],
    push: [`${strata} push --env "$ENVIRONMENT" --to "$CACHE" --update-index${base}${image}`],
    // An image of all roots would lack some.
    rescue: [`${strata} push --env "$ENVIRONMENT" --to "$CACHE" --update-index${base} --allow-missing`],
    combine:
      tag !== undefined && many
        ? [
            `${strata} combine "$CACHE" ${targets.map((one) => `"${targetTag('$IMAGE_TAG', one)}"`).join(' ')} --tag "$IMAGE_TAG"`,
          ]
        : undefined,
  }
}
