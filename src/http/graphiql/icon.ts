/** A pot with steam: the page's icon and its logo. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-linecap="round">
  <path d="M11 8c-2-2 2-3 0-5M16 8c-2-2 2-3 0-5M21 8c-2-2 2-3 0-5" stroke="#f0a04b" stroke-width="2"/>
  <path d="M5 13h22v9a6 6 0 0 1-6 6H11a6 6 0 0 1-6-6z" fill="#c8452d"/>
  <path d="M2 15h4M26 15h4" stroke="#c8452d" stroke-width="3"/>
  <path d="M4 12h24" stroke="#8f2d1c" stroke-width="3"/>
</svg>
`;
