import { Autocomplete } from '@mantine/core'
import { useState } from 'react'
import { presetBaseImages } from '../../../main/api/base-images.ts'
import css from './page.module.css'

interface BaseImageProps {
  /** Empty for none. */
  readonly value: string
  readonly recent: readonly string[]
  readonly onChange: (value: string) => void
  /** Called when it is typed to the end, or chosen. */
  readonly onChosen?: (value: string) => void
  readonly placeholder?: string
  /** What stands below an empty field. */
  readonly noBase?: string
  /** What is known of the image that was chosen. */
  readonly facts?: string
}

/** The image that goes under the packages: none, a recent one, a preset, or any reference. */
export function BaseImage(props: BaseImageProps) {
  const { value, recent, onChange, onChosen, facts } = props
  const { placeholder = 'none: Spack’s packages only', noBase = good } = props
  const [isOpen, setOpen] = useState(false)
  const preset = presetOf(value)
  const used = recent.filter((r) => presetOf(r) === undefined)
  const data = [
    ...(used.length > 0 ? [{ group: 'Recent', items: used }] : []),
    { group: 'Presets', items: presetBaseImages.map((p) => p.reference as string) },
  ]
  const known = value === '' || preset !== undefined || used.includes(value)
  return (
    <>
      <Autocomplete
        aria-label="Base image"
        placeholder={placeholder}
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
        onOptionSubmit={onChosen}
        onClear={() => onChosen?.('')}
        onBlur={() => onChosen?.(value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          onChosen?.(event.currentTarget.value)
          setOpen(false)
        }}
        dropdownOpened={isOpen}
        onDropdownOpen={() => setOpen(true)}
        onDropdownClose={() => setOpen(false)}
        clearable
        clearButtonProps={{ 'aria-label': 'No base image' }}
        spellCheck={false}
        classNames={{ input: css.monoInput }}
      />
      <p className={css.note}>{facts ?? (preset ? glibcNote(preset.reference) : value === '' ? noBase : ownBase)}</p>
    </>
  )
}

const good = 'Good as a build cache. To run in a container, the image needs a base with a C library.'
const ownBase = 'Its C library must be at least as new as the one the binaries were built against.'

function presetOf(reference: string): (typeof presetBaseImages)[number] | undefined {
  return presetBaseImages.find((p) => p.reference === reference)
}

function glibcNote(reference: string): string {
  const preset = presetOf(reference)
  return preset ? `glibc ${preset.glibc}` : ''
}
