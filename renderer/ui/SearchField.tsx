import { CloseButton, TextInput, type TextInputProps } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'

interface FieldProps extends Omit<TextInputProps, 'label' | 'value' | 'onChange'> {
  /** What it searches, for those who hear it: `Search tags`. */
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** The field that narrows a list, or finds words in it, while one types. */
export function SearchField({ label, value, onChange, placeholder = label, ...others }: FieldProps) {
  return (
    <TextInput
      {...others}
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={value !== '' && <CloseButton size="xs" aria-label="Clear search" onClick={() => onChange('')} />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      spellCheck={false}
    />
  )
}
