// Uses the page of examples/browser as a person does, in Chromium, and prints what it shows as JSON.
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'

const { EMAIL: email, PASSWORD: password, API: api, SITE: site, IMAGES: images } = process.env
// The addresses that stand in the page's files.
const rules = `MAP 127.0.0.1:8000 ${new URL(api).host},MAP 127.0.0.1:3000 ${new URL(site).host}`

async function ask(query, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const body = JSON.stringify({ query, variables: { input: { email, password } } })
  return (await (await fetch(api, { method: 'POST', headers, body })).json()).data
}

async function launched() {
  const args = [...chromium.args, `--host-resolver-rules=${rules}`]
  try {
    return await playwright.launch({ executablePath: await chromium.executablePath(), args })
  } catch (error) {
    // A machine without a desktop may lack some.
    const missing = /error while loading shared libraries: (\S+):/.exec(error.message)
    if (!missing) throw error
    console.log(JSON.stringify({ missing: missing[1] }))
    process.exit()
  }
}

const browser = await launched()
const page = await browser.newPage()
const complaints = []
page.on('pageerror', (error) => complaints.push(String(error)))

const shown = {}
async function act(name, press) {
  await press()
  await page.waitForFunction(() => !['', '…'].includes(document.getElementById('status').textContent))
  shown[name] = [await page.textContent('#status'), await page.textContent('#text'), await page.isVisible('#login')]
}

async function logIn(password) {
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', password)
  await page.click('#login button')
}

await page.goto('http://127.0.0.1:3000/')
await act('refused', () => logIn('a wrong password'))
await act('logged in', () => logIn(password))
await page.setInputFiles('[name=images]', [`${images}/one.png`, `${images}/two.png`])
await act('read', () => page.click('#reader button:not([type])'))
await act('limited', () => page.click('#reader button:not([type])'))
await act('ranked', () => page.click('#rank'))
await act('job', () => page.click('#later'))
const { login } = await ask('mutation ($input: LoginInput!) { login(input: $input) { ... on LoggedIn { token } } }')
await ask('mutation { revokeOtherSessions { count } }', login.token)
await act('revoked', () => page.click('#rank'))
await act('logged in again', () => logIn(password))
await act('logged out', () => page.click('#logout'))
await browser.close()
console.log(JSON.stringify({ shown, complaints }))
