// The Latin letter of a key, whatever alphabet the keyboard writes at the moment; any other key by its name.
function letter({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  const isLetter = key.length === 1 || key === "Process";
  return isLetter && /^Key[A-Z]$/.test(code) ? code[3].toLowerCase() : key;
}
