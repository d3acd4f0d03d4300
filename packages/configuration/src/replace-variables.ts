// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files name variables
export type Environment = Readonly<Record<string, string | undefined>>

/** The text with its variables replaced, or what is wrong with it. */
export type Replaced = { text: string; replaced: boolean } | { fault: string }

/** Replaces `${NAME}` by what the environment says; `$${` is a `${` that is meant as it stands. */
export function replaceVariables(text: string, environment: Environment): Replaced {
  const faults: string[] = []
  let replaced = false
  const result = text.replaceAll(/\$\$\{|\$\{([A-Za-z_]\w*)\}|\$\{/g, (found: string, name: string | undefined) => {
    replaced = true
    if (found === '$${') return '${'
    if (name === undefined) faults.push('expected the name of a variable and a brace after "${"; "$${" is a "${" as it stands')
    else if (environment[name] === undefined) faults.push(`there is no environment variable ${name}`)
    return name === undefined ? '' : (environment[name] ?? '')
  })
  return faults.length > 0 ? { fault: [...new Set(faults)].join('; ') } : { text: result, replaced }
}
