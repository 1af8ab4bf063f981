namespace Keelson.Engine.Containers;

/// <summary>Makes up names for containers that got none: a quality and a thing of the sea, <c>calm_harbor</c>.</summary>
internal static class NameGenerator
{
    private static readonly string[] Qualities = ("able agile amber ample arctic azure bold brave breezy bright brisk calm candid clear clever coral cosy crisp deft dreamy eager early fair fleet fond free fresh gentle"
        + " glad golden grand hardy humble ivory jolly keen kind late lively loyal lucid lunar mellow merry mild neat nimble noble novel olive patient plain polar proud quick quiet rapid ready robust rosy"
        + " royal salty serene sharp silent silver sleek smooth snug solar solid sound spry stable steady stout sunny swift tidal tidy true vivid warm wise witty zesty").Split(' ');

    private static readonly string[] Things = ("albatross anchor atoll ballast barge bay beacon bollard bosun bow breeze brig buoy cabin canal canvas cape capstan clipper coast compass coral cove current cutter deck delta dinghy"
        + " dock dolphin dory ferry fjord fleet frigate galley gull harbor hatch haven helm heron hull island jetty kayak keel ketch knot lagoon lantern lighthouse locker lugger mast mizzen mole mooring narwhal"
        + " oar osprey otter pelican pier pilot plank port prow puffin quay raft reef rigging rudder sail schooner seal sextant shoal skiff sloop spar squall starboard stern strait surf tide tiller trawler tug wake wave wharf windlass yawl").Split(' ');

    /// <summary>A name.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="attempt">How often the name before was taken; after some tries a number makes it rarer.</param>
    public static string Next(Random random, int attempt)
    {
        string name = $"{Qualities[random.Next(Qualities.Length)]}_{Things[random.Next(Things.Length)]}";
        return attempt < 4 ? name : name + random.Next(10, 1_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
