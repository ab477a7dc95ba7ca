/** Shows the notes of the API, and adds to them. */
const list = document.querySelector('ol[data-api]');
const form = document.querySelector('form');

async function showNotes() {
  const answer = await fetch(list.dataset.api);
  const notes = await answer.json();
  list.replaceChildren(
    ...notes.map(({ text }) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }),
  );
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  await fetch(list.dataset.api, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: form.elements.text.value }),
  });
  form.reset();
  await showNotes();
});

await showNotes();
