import { readToEdit, writeEdited } from '../../../main/spack/edit/edited-file.ts'

/** A program of its own that writes the two texts of argv in turn, each so many times over, until it is killed. */
const [file = '', ...letters] = process.argv.slice(2)
for (let round = 0; ; round++) {
  const text = `${(letters[round % 2] ?? '').repeat(1_000_000)}\n`
  await writeEdited(file, text, await readToEdit(file))
  if (round === 0) process.stdout.write('writing\n')
}
