use plugin_api::kit;

use super::*;

const FILE: &str = r#"
name = "town-atlas"
title = "Town atlas"
keys = ["TOWN_ATLAS_KEY"]
terms = "© the town"

[tool.text-search]
url = "https://atlas.example.org/v2/find/{text}"
query = { lat = "{near.lat}", lon = "{near.lon}", n = "{limit}", token = "key:TOWN_ATLAS_KEY" }
places = "hits"
id = "ref"
name = "label"
address = "where"
lat = "pos.y"
lon = "pos.x"
kind = "sort"
details = { phone = "tel" }

[tool.route]
method = "POST"
url = "https://atlas.example.org/v2/way"
headers = { Authorization = "key:TOWN_ATLAS_KEY" }
body = { start = ["{from.lon}", "{from.lat}"], end = ["{to.lon}", "{to.lat}"], by = "{mode}", tongue = "{language}" }
routes = "ways"
distance_m = "metres"
duration_s = "minutes"
duration_scale = 60
line = "shape"
line_form = "pairs"
"#;

const RECORDED: &str = r#"[
  {
    "tool": "text-search",
    "query": {"text": "Old/Mill?", "near": {"lat": 1.5, "lon": 2.5}},
    "request": {
      "method": "GET",
      "url": "https://atlas.example.org/v2/find/Old%2FMill%3F",
      "query": [["lat", "1.5"], ["lon", "2.5"], ["n", "5"], ["token", "key:TOWN_ATLAS_KEY"]]
    },
    "body": {"hits": [{"ref": 7, "label": "Old mill", "where": "By the brook", "pos": {"x": 2.4, "y": 1.6}, "sort": "mill", "tel": "1"}]},
    "answer": {"places": [{"id": "7", "name": "Old mill", "address": "By the brook", "at": {"lat": 1.6, "lon": 2.4}, "kinds": ["mill"], "details": {"phone": "1"}}]}
  },
  {
    "tool": "text-search",
    "query": {"text": "x"},
    "request": {
      "method": "GET",
      "url": "https://atlas.example.org/v2/find/x",
      "query": [["n", "5"], ["token", "key:TOWN_ATLAS_KEY"]]
    },
    "body": {"hits": [{"ref": 7}]},
    "error": "has no `pos.y`"
  },
  {
    "tool": "route",
    "query": {"from": {"lat": 1, "lon": 2}, "to": {"lat": 3, "lon": 4}, "mode": "walk"},
    "request": {
      "method": "POST",
      "url": "https://atlas.example.org/v2/way",
      "headers": {"Authorization": "key:TOWN_ATLAS_KEY"},
      "body": {"json": {"start": [2.0, 1.0], "end": [4.0, 3.0], "by": "walk"}}
    },
    "body": {"ways": [{"metres": 120, "minutes": 2, "shape": [[2, 1], [4, 3]]}]},
    "answer": {"routes": [{"distance_m": 120, "duration_s": 120, "line": [{"lat": 1, "lon": 2}, {"lat": 3, "lon": 4}], "legs": [{"distance_m": 120, "duration_s": 120}]}]}
  },
  {"tool": "nearby", "query": {"at": {"lat": 1, "lon": 2}, "radius_m": 10}, "refused": "Town atlas has no nearby search"}
]"#;

#[test]
fn a_file_makes_a_provider_that_is_tested_like_any_other() {
    let provider = Declared::from_toml(FILE).expect("sound");
    assert_eq!(provider.about().hosts, ["atlas.example.org"]);
    let recording = kit::recorded(RECORDED).expect("a recording");
    assert_eq!(kit::faults(&provider, &recording), Vec::<String>::new());
}

#[test]
fn what_declares_no_provider_is_refused_with_a_reason() {
    let refused = |from: &str, to: &str| {
        assert!(FILE.contains(from), "{from}");
        Declared::from_toml(&FILE.replacen(from, to, 1)).expect_err("refused").to_string()
    };
    assert!(refused("name = \"town-atlas\"", "name = \"../x\"").contains("lower-case"));
    assert!(refused("keys = [\"TOWN_ATLAS_KEY\"]", "").contains("not among `keys`"));
    assert!(
        refused("https://atlas.example.org/v2/find", "https://{text}.example.org").contains("names its host")
    );
    assert!(refused("https://atlas.example.org/v2/find", "file:///etc").contains("https://"));
    assert!(refused("id = \"ref\"", "").contains("`id`"));
    assert!(refused("[tool.route]", "[tool.teleport]").contains("declares no provider"));
    assert!(refused("terms = \"© the town\"", "").contains("terms"));
    assert!(Declared::from_toml(&"#".repeat(100_000)).is_err_and(|e| e.to_string().contains("bytes")));
}
