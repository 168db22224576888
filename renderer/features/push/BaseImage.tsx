import { Autocomplete } from '@mantine/core'
import page from '../planning/page.module.css'
import css from './push.module.css'

/** Images people start from, with the C library they bring: binaries need one at least as new as where they were built. */
const presets = [
  { reference: 'ubuntu:24.04', glibc: '2.39' },
  { reference: 'debian:12', glibc: '2.36' },
  { reference: 'rockylinux:9', glibc: '2.34' },
  { reference: 'almalinux:9', glibc: '2.34' },
  { reference: 'fedora:42', glibc: '2.41' },
  { reference: 'opensuse/leap:15.6', glibc: '2.38' },
] as const

interface BaseImageProps {
  /** Empty for none. */
  readonly value: string
  readonly recent: readonly string[]
  readonly onChange: (value: string) => void
}

/** The image that goes under the packages: none, a recent one, a preset, or any reference. */
export function BaseImage({ value, recent, onChange }: BaseImageProps) {
  const preset = presets.find((p) => p.reference === value)
  const used = recent.filter((r) => !presets.some((p) => p.reference === r))
  const data = [
    ...(used.length > 0 ? [{ group: 'Recent', items: used }] : []),
    { group: 'Presets', items: presets.map((p) => p.reference as string) },
  ]
  const known = value === '' || preset !== undefined || used.includes(value)
  return (
    <>
      <Autocomplete
        aria-label="Base image"
        placeholder="none: Spack’s packages only"
        data={data}
        // Offered whole unless something of one's own is being typed.
        filter={({ options }) => (known ? options : [])}
        renderOption={({ option }) => (
          <span className={css.preset}>
            {option.value}
            <small>{glibcNote(option.value)}</small>
          </span>
        )}
        value={value}
        onChange={onChange}
        clearable
        clearButtonProps={{ 'aria-label': 'No base image' }}
        spellCheck={false}
        classNames={{ input: page.monoInput }}
      />
      <p className={page.note}>{preset ? glibcNote(preset.reference) : value === '' ? noBase : ownBase}</p>
    </>
  )
}

const noBase = 'Good as a build cache. To run in a container, the image needs a base with a C library.'
const ownBase = 'Its C library must be at least as new as the one the binaries were built against.'

function glibcNote(reference: string): string {
  const preset = presets.find((p) => p.reference === reference)
  return preset ? `glibc ${preset.glibc}` : ''
}
