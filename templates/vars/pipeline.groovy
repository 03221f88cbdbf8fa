// Rendered by jenkinsgen from {{ file }}: edit that file and run `jenkinsgen render`.

def call() {
    properties([
{%- for property in properties %}
        {{ property }},
{%- endfor %}
    ])
    podTemplate(yaml: libraryResource(resource: {{ pod }}, encoding: 'UTF-8')) {
        node(POD_LABEL) {
            {{ run }}
{%- if let Some(recovery) = recovery_at_the_end %}
{%- if release.is_some() %}
            if (!isRelease()) {
                {{ recovery }}
            }
{%- else %}
            {{ recovery }}
{%- endif %}
{%- endif %}
        }
    }
}

def runStages() {
    {{ checkout }}
{%- if milestones %}
    milestone()
{%- endif %}
{%- for step in steps %}
    {{ step }}
{%- endfor %}
{%- if let Some(release) = release %}
{%- if milestones %}
    milestone()
{%- endif %}
    if ({{ release.condition }}) {
{%- match release.lock %}
{%- when Some(lock) %}
        lock(resource: {{ lock }}, inversePrecedence: true) {
{%- if milestones %}
            milestone()
{%- endif %}
{%- for step in release.steps %}
            {{ step }}
{%- endfor %}
        }
{%- when None %}
{%- for step in release.steps %}
        {{ step }}
{%- endfor %}
{%- endmatch %}
    } else {
        echo({{ release.skipped }})
{%- if let Some(recovery) = recovery %}
        {{ recovery }}
{%- endif %}
    }
{%- else %}
{%- if let Some(recovery) = recovery %}
    {{ recovery }}
{%- endif %}
{%- endif %}
}
{%- for method in methods %}

{{ method.returns }} {{ method.name }}({{ method.signature() }}) {
    {{ method.body }}
}
{%- endfor %}
