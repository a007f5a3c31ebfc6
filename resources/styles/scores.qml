<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Magma, even in lightness: scores are standard deviations above the average place, so that the colours mean the same
     for every search. -->
<qgis version="3.22.0" styleCategories="Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" classificationMin="-1" classificationMax="4" opacity="0.8" alphaBand="-1" nodataColor="">
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" minimumValue="-1" maximumValue="4" clip="0" labelPrecision="0">
          <colorramp type="gradient" name="[source]">
            <Option type="Map">
              <Option name="color1" type="QString" value="0,0,4,255"/>
              <Option name="color2" type="QString" value="252,253,191,255"/>
              <Option name="discrete" type="QString" value="0"/>
              <Option name="rampType" type="QString" value="gradient"/>
              <Option name="stops" type="QString" value="0.2;59,15,112,255:0.4;140,41,129,255:0.6;222,73,104,255:0.8;254,159,109,255"/>
            </Option>
          </colorramp>
          <item value="-1" color="#000004" alpha="255" label="≤ -1"/>
          <item value="0" color="#3b0f70" alpha="255" label="0"/>
          <item value="1" color="#8c2981" alpha="255" label="1"/>
          <item value="2" color="#de4968" alpha="255" label="2"/>
          <item value="3" color="#fe9f6d" alpha="255" label="3"/>
          <item value="4" color="#fcfdbf" alpha="255" label="≥ 4"/>
          <rampLegendSettings useContinuousLegend="1" direction="0" orientation="2" minimumLabel="≤ -1" maximumLabel="≥ 4" prefix="" suffix="">
            <numericFormat id="basic">
              <Option type="Map">
                <Option name="decimals" type="int" value="0"/>
                <Option name="rounding_type" type="int" value="0"/>
              </Option>
            </numericFormat>
          </rampLegendSettings>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
    <resamplingStage>resamplingFilter</resamplingStage>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
