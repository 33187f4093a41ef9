// Goal: the image has what the program needs, and compose and Kubernetes take their files.
// Method: no engine runs here: the libraries that the program really loads, Debian's docker-compose for the schema of
// compose, and the models of Debian's python3-kubernetes for that of Kubernetes.
import Foundation
import Testing

@Suite("Containers")
struct ContainerTests {
    @Test(
        "the image installs exactly the Debian packages whose libraries the program loads, beyond those of every Debian"
    )
    func libraries() throws {
        let loaded = try Deployment.run("/usr/bin/ldd", [Deployment.program.path]).output
        let paths = loaded.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.count > 2 && words[1] == "=>" ? String(words[2]) : nil
        }
        // Those of Swift are linked into the program that goes into the image.
        let libraries = paths.filter {
            !$0.contains("/swift/") && !$0.contains("libswift") && !$0.contains("Foundation")
        }
        // Debian's database names files by where they are once links in the path are followed.
        var packages: Set<String> = []
        for path in libraries {
            let name = URL(filePath: path).lastPathComponent
            let owner = try Deployment.run("/usr/bin/dpkg", ["-S", "*/\(name)"]).output
            if let package = owner.split(separator: ":").first { packages.insert(String(package)) }
        }
        let direct: Set<String> = ["liblmdb0", "libzmq5", "libxxhash0", "libsimdjson14", "libstdc++6"]
        #expect(direct.isSubset(of: packages), "\(packages.sorted())")
        let file = try Deployment.text("container/Containerfile")
        let line = try #require(file.split(separator: "\n").first { $0.contains("liblmdb0") })
        let installed = Set(line.split(separator: " ").filter { $0 != "\\" }.map(String.init))
        #expect(installed == direct)
    }

    @Test("the image runs as the owner of the data, and its base is named without a registry")
    func image() throws {
        let lines = try Deployment.text("container/Containerfile").split(separator: "\n").map(String.init)
        #expect(lines.filter { $0.hasPrefix("FROM ") } == ["FROM debian:12-slim"])
        #expect(lines.contains("USER 10001:10001"))
        #expect(lines.contains(#"ENTRYPOINT ["/usr/local/bin/gapless"]"#))
    }

    @Test("build-image hands the engine one file, the program, and tags the image with its version")
    func build() throws {
        try Deployment.withFolder { folder in
            let engine = folder + "/engine"
            let script =
                "#!/bin/sh\nfor last; do :; done\necho \"$@\" >\(folder)/said\nls \"$last\" >\(folder)/context\n"
            try script.write(toFile: engine, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: engine)
            let ended = try Deployment.run(
                Deployment.folder.appending(path: "container/build-image").path,
                ["--binary", Deployment.program.path], environment: ["CONTAINER_ENGINE": engine])
            let version = try Deployment.run(Deployment.program.path, ["--version"]).output.split(separator: "\n")[0]
            #expect(ended.code == 0 && ended.output == "gapless:\(version)\n", "\(ended.output)")
            #expect(try String(contentsOfFile: folder + "/context", encoding: .utf8) == "gapless\n")
            let said = try String(contentsOfFile: folder + "/said", encoding: .utf8)
            #expect(said.contains("build --file") && said.contains("--tag gapless:\(version)"), "\(said)")
            let compose = try Deployment.text("container/compose.yaml")
            #expect(compose.contains("image: gapless:\(version)"))
            #expect(try Deployment.text("kubernetes/statefulset.yaml").contains("image: gapless:\(version)"))
        }
    }

    @Test("docker-compose takes the file, and would not take a misspelt key")
    func compose() throws {
        try Deployment.withFolder { folder in
            let text = try Deployment.text("container/compose.yaml")
            try "0123456789abcdef".write(toFile: folder + "/token", atomically: true, encoding: .utf8)
            for (content, isGood) in [(text, true), (text.replacing("cap_drop", with: "cap_dropp"), false)] {
                try content.write(toFile: folder + "/compose.yaml", atomically: true, encoding: .utf8)
                let ended = try Deployment.run(
                    "/usr/bin/docker-compose", ["-p", "gapless", "config", "-q"], in: folder)
                #expect((ended.code == 0) == isGood, "\(ended.output)")
            }
        }
    }

    @Test("O1: containers that share a database share one PID namespace too")
    func namespaces() throws {
        let document = try Deployment.yaml("container/compose.yaml").first
        let services = document?["services"] as? [String: [String: Any]] ?? [:]
        for (name, service) in services where name != "pids" {
            #expect(service["pid"] as? String == "service:pids", "\(name)")
            #expect(service["volumes"] as? [String] == ["data:/data"], "\(name)")
        }
        let spec = try Deployment.yaml("kubernetes/statefulset.yaml").first?["spec"] as? [String: Any]
        let pod = (spec?["template"] as? [String: Any])?["spec"] as? [String: Any]
        #expect(pod?["shareProcessNamespace"] as? Bool == true)
        #expect(spec?["replicas"] as? Int == 1)
    }

    @Test("probes ask for paths that gapless serve answers")
    func probes() throws {
        let text = try Deployment.text("kubernetes/statefulset.yaml")
        let help = try Deployment.run(Deployment.program.path, ["help", "serve"]).output
        for path in ["/healthz", "/readyz"] { #expect(text.contains("path: \(path)") && help.contains("GET \(path)")) }
        #expect(text.contains("containerPort: 8432"))
        #expect(try Deployment.text("kubernetes/service.yaml").contains("port: 8432"))
    }

    @Test("yamllint finds nothing")
    func lint() throws {
        let rules =
            "{extends: default, rules: {line-length: {max: 120}, document-start: disable, octal-values: disable, "
            + "truthy: disable, braces: {max-spaces-inside: 0}}}"
        let files = try Deployment.files(ending: ".yaml").map { Deployment.folder.appending(path: $0).path }
        #expect(files.count == 6)
        let ended = try Deployment.run("/usr/bin/yamllint", ["--strict", "-d", rules] + files)
        #expect(ended.code == 0, "\(ended.output)")
    }

    @Test("the manifests fit the models of Kubernetes, and a misspelt or a missing key would not")
    func kubernetes() throws {
        let names = ["configmap", "service", "statefulset", "poddisruptionbudget"].map { "kubernetes/\($0).yaml" }
        let paths = names.map { Deployment.folder.appending(path: $0).path }
        let ended = try Deployment.run("/usr/bin/python3", ["-c", KubernetesModels.check] + paths)
        #expect(ended.code == 0 && ended.output == "4 objects\n", "\(ended.output)")
        try Deployment.withFolder { folder in
            let text = try Deployment.text("kubernetes/statefulset.yaml")
            for (wrong, said) in [
                (text.replacing("periodSeconds", with: "periodSecond"), "periodSecond"),
                (text.replacing("  serviceName: gapless\n", with: ""), "service_name"),
                (text.replacing("replicas: 1", with: "replicas: one"), "replicas"),
            ] {
                let path = folder + "/wrong.yaml"
                try wrong.write(toFile: path, atomically: true, encoding: .utf8)
                let ended = try Deployment.run("/usr/bin/python3", ["-c", KubernetesModels.check, path])
                #expect(ended.code != 0 && ended.output.contains(said), "\(ended.output)")
            }
        }
        let kustomization = try Deployment.text("kubernetes/kustomization.yaml")
        for name in names { #expect(kustomization.contains("- \(name.split(separator: "/")[1])")) }
    }
}

/// Checks manifests against the classes of Debian's python3-kubernetes: every key is known, every value is of its type,
/// nothing that must be there is missing.
enum KubernetesModels {
    static let check = #"""
        import re, sys, yaml
        from kubernetes import client
        models = {("apps/v1", "StatefulSet"): "V1StatefulSet", ("v1", "Service"): "V1Service",
                  ("v1", "ConfigMap"): "V1ConfigMap", ("policy/v1", "PodDisruptionBudget"): "V1PodDisruptionBudget"}
        plain = {"str": str, "int": int, "bool": bool, "float": (int, float)}
        def build(value, kind, path):
            inner = re.fullmatch(r"list\[(.*)\]", kind)
            if inner:
                if not isinstance(value, list): sys.exit(f"{path}: no list")
                return [build(v, inner[1], f"{path}[{i}]") for i, v in enumerate(value)]
            inner = re.fullmatch(r"dict\(str, (.*)\)", kind)
            if inner:
                if not isinstance(value, dict): sys.exit(f"{path}: no map")
                return {k: build(v, inner[1], f"{path}.{k}") for k, v in value.items()}
            if kind in plain:
                if not isinstance(value, plain[kind]) or (kind == "int" and isinstance(value, bool)):
                    sys.exit(f"{path}: {value!r} is no {kind}")
                return value
            if kind in ("object", "datetime"): return value
            model = getattr(client, kind)
            if not isinstance(value, dict): sys.exit(f"{path}: no map")
            known = {json: name for name, json in model.attribute_map.items()}
            for key in value:
                if key not in known: sys.exit(f"{path}.{key}: {kind} has no such key")
            try:
                return model(**{known[k]: build(v, model.openapi_types[known[k]], f"{path}.{k}")
                                for k, v in value.items()})
            except ValueError as error:
                sys.exit(f"{path}: {error}")
        count = 0
        for path in sys.argv[1:]:
            for document in yaml.safe_load_all(open(path)):
                build(document, models[(document["apiVersion"], document["kind"])], document["kind"])
                count += 1
        print(f"{count} objects")
        """#
}
