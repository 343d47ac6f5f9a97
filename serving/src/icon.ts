/** Our icon, as the web page has it; the page of the API shows it too. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="8" fill="#0f766e" />
  <path d="M6 23 26 17" stroke="#5eead4" stroke-width="2.5" stroke-linecap="round" />
  <path d="M8.500 18.500 22.500 14.300c.6 2.600-.7 4.700-3.300 5.500l-6.600 2c-2.100.6-3.700-.9-4.100-3.300Z" fill="#fff" />
  <path d="M14.500 15.300 13 9.500l6.500 4.200" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" />
</svg>
`;
