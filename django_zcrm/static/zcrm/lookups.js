/* The lookups of a new row offer rows of the connection that is chosen in the form. */
'use strict';
django.jQuery.ajaxPrefilter((options) => {
    const chosen = document.getElementById('id_connection');
    if (chosen && chosen.value && options.url.endsWith('/zcrm-lookup/')) {
        options.url += `?of=${encodeURIComponent(chosen.value)}`;
    }
});
