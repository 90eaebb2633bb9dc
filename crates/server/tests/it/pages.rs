//! Pages beside the API.

use crate::house::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_of_the_pages_gives_a_page_and_no_file_gives_none() {
    let house = House::open().await;
    let anybody = house.anybody();
    for path in ["/", "/alarms", "/a/acme/north/pump-1?t=now-8h"] {
        let page = anybody.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(!page.text().contains("<script>"), "{path}: a script stands inside the page");
    }
    for path in ["/nothing.js", "/..%2f..%2fCargo.toml", "/%2e%2e/%2e%2e/Cargo.toml", "/assets/../../../Cargo.toml"] {
        assert_eq!(anybody.get(path).await.status, 404, "{path}");
    }
    assert_eq!(anybody.send("HEAD", "/", None).await.status, 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_known_is_not_sent_again() {
    let house = House::open().await;
    let first = house.anybody().get("/").await;
    if let Some(tag) = first.header("etag") {
        let again = house.anybody().with("If-None-Match", tag).get("/").await;
        assert_eq!((again.status, again.body.len()), (304, 0));
    } else {
        // built without pages: the page that says so is not to be kept
        assert_eq!(first.header("cache-control"), Some("no-store"));
        assert!(first.text().contains("npm ci"), "{}", first.text());
    }
    house.close().await;
}
