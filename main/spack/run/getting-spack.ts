import { StrataError } from '../../support/errors.ts'

/** The error of what only Spack can do, where there is none: how to get it. */
export function noSpack(why: string, root?: string): StrataError {
  return new StrataError('spack-not-found', why, {
    hint: [
      'To get Spack (git, python3 and a compiler are all that it needs):',
      'git clone --depth=2 https://github.com/spack/spack.git ~/spack',
      'Strata finds it in ~/spack, on PATH and by SPACK_ROOT; or name its folder with --spack DIR.',
    ].join('\n'),
    ...(root !== undefined && { details: { root } }),
  })
}
