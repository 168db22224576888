import { StrataError } from '../../support/errors.ts'

const CLONE = 'git clone --depth=2 https://github.com/spack/spack.git ~/spack'

/** The error of what only Spack can do, where there is none: how to get it; the command by itself in `details`. */
export function noSpack(why: string, root?: string): StrataError {
  return new StrataError('spack-not-found', why, {
    hint: [
      'To get Spack (git, python3 and a compiler are all that it needs):',
      CLONE,
      'Strata finds it in ~/spack, on PATH and by SPACK_ROOT; or name its folder with --spack DIR.',
    ].join('\n'),
    details: { command: CLONE, ...(root !== undefined && { root }) },
  })
}
