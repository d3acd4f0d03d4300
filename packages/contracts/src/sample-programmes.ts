/** Programmes to begin with; the commented files stand beside this package's sources. */
export const sampleProgrammes = ['grocer', 'fashion', 'coffee'] as const

export type SampleProgramme = (typeof sampleProgrammes)[number]

export function sampleProgrammeFile(name: SampleProgramme): URL {
  return new URL(`../samples/${name}.yaml`, import.meta.url)
}

/** The JSON Schema of programme files, by which editors complete and check them. */
export const programmeSchemaFile = new URL('../../../schemas/json/programme.json', import.meta.url)
